//! Expands an item that cannot be a worker: to itself and the errors, so that nothing else breaks.

use proc_macro2::TokenStream;
use quote::quote;

use crate::diag::Diagnostics;

// Input:
//     the item, and what is wrong with it
// Output:
//     the item
//     compile_error! { .. }
pub(crate) fn expand(item: &TokenStream, diagnostics: Diagnostics) -> TokenStream {
    let errors = diagnostics.into_compile_errors();
    quote!(#item #errors)
}
