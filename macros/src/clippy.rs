//! Exempts a worker's function from lints of Clippy that it cannot satisfy.
//!
//! A worker owns its message, whether it needs to or not, borrows its state as its thread has it, and
//! is never `const`. An `#[allow]` does not compile under a `#![forbid]`. So under Clippy, and only then, a second
//! attribute makes parts of the function look generated. For the compiler the function stays as it
//! is written, with all its lints.

use proc_macro2::TokenStream;
use quote::ToTokens as _;

use crate::item::Function;

// Input:
//     fn process(list: &mut Vec<u8>, job: Job) { .. }
// Output:
//     fn process(list @ _: &mut Vec<u8>, job: Job) { .. }     // `fn` with the span of the expansion
pub(crate) fn exempt(item: TokenStream) -> TokenStream {
    match Function::parse(item.clone()) {
        Ok(mut function) => {
            function.look_generated();
            function.into_token_stream()
        }
        Err(_) => item,
    }
}
