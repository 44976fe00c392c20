//! A deprecated worker, whose generated code uses the deprecated function and its type.
//!
//! The compiler reports each of these uses, and an `#[allow(deprecated)]` does not compile under
//! `#![forbid(deprecated)]`. It does not report what a derive generates: so a derive emits the impls.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens as _, quote_spanned};
use syn::{Attribute, ItemStruct, Meta};

use super::{generated, type_ident};
use crate::model::Worker;

const HELPER: &str = "__deprecated_worker";

// Input:
//     impl Worker for process { .. }
// Output:
//     #[derive(DeprecatedWorker)]
//     #[__deprecated_worker(process process { impl Worker for process { .. } })]
pub(super) fn derive_of(worker: &Worker, impls: &TokenStream) -> TokenStream {
    let krate = &worker.krate;
    let helper = Ident::new(HELPER, Span::mixed_site());
    let (function, ty) = (&worker.ident, type_ident(worker));
    quote_spanned! {Span::mixed_site()=>
        #[derive(#krate::__private::DeprecatedWorker)]
        #[#helper(#function #ty { #impls })]
    }
}

// Input:
//     #[__deprecated_worker(process process { impl Worker for process { .. } })]
//     #[deprecated] struct process {}
// Output:
//     impl Worker for process { .. }      // each `process` with the span of the derive
pub(crate) fn derive(item: TokenStream) -> TokenStream {
    let attributes = syn::parse2(item).map_or_else(|_| Vec::new(), |item: ItemStruct| item.attrs);
    attributes.iter().find_map(impls).unwrap_or_default()
}

fn impls(attribute: &Attribute) -> Option<TokenStream> {
    let Meta::List(list) = &attribute.meta else {
        return None;
    };
    if !list.path.is_ident(HELPER) {
        return None;
    }
    let mut tokens = list.tokens.clone().into_iter();
    match (tokens.next(), tokens.next(), tokens.next()) {
        (
            Some(TokenTree::Ident(function)),
            Some(TokenTree::Ident(ty)),
            Some(TokenTree::Group(impls)),
        ) => Some(renewed(impls.stream(), &[function, ty])),
        _ => None,
    }
}

/// The tokens, in which each of the names has the span of this expansion.
fn renewed(tokens: TokenStream, names: &[Ident]) -> TokenStream {
    let renew = |token| match token {
        TokenTree::Ident(ident) if names.contains(&ident) => generated(&ident).into(),
        TokenTree::Group(group) => {
            let mut renewed = Group::new(group.delimiter(), renewed(group.stream(), names));
            renewed.set_span(group.span());
            renewed.into()
        }
        token => token,
    };
    tokens
        .into_iter()
        .map(renew)
        .map(TokenTree::into_token_stream)
        .collect()
}
