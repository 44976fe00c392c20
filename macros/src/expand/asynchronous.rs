//! `AsyncWorker::run`: from the message to the function's future, past the fields.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::{GenericParam, Token};

use super::run::{self, Body, local};
use crate::model::Worker;

// Input:
//     async fn fetch(url: Url) -> Page { .. }
// Output:
//     fn run(
//         message: Self::Message,
//         span: &WorkerSpan<'_>,
//     ) -> impl Future<Output = Self::Output> + Send + 'static + use<> {
//         fetch(message)
//     }
pub(super) fn function(worker: &Worker, keyword: Token![async]) -> TokenStream {
    let message = local("message");
    let span = run::span_parameter(worker);
    let Body { before, call } = run::body(worker, &message);
    // If the future is not `Send`, the error is at the user's keyword.
    let at = keyword.span.resolved_at(Span::mixed_site());
    let captured = captured(worker, at);
    let future = quote_spanned! {at=>
        impl ::core::future::Future<Output = Self::Output> + ::core::marker::Send + 'static + #captured
    };
    quote_spanned! {Span::mixed_site()=>
        fn run(#message: Self::Message, #span) -> #future {
            #before
            #call
        }
    }
}

// Output:
//     use<> / use<T, N>
fn captured(worker: &Worker, at: Span) -> TokenStream {
    let names = worker
        .generics
        .params
        .iter()
        .map(|parameter| match parameter {
            GenericParam::Type(parameter) => &parameter.ident,
            GenericParam::Const(parameter) => &parameter.ident,
            GenericParam::Lifetime(parameter) => &parameter.lifetime.ident,
        });
    quote_spanned!(at=> use<#(#names),*>)
}
