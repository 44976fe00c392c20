//! A worker that takes several messages at once.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::{Path, ReturnType};

use super::first_span;
use super::run::{self, Body, local};
use crate::model::{Batch, Outputs, Worker};

// Input:
//     fn store(rows: Vec<Row>) -> Result<(), Error> { .. }
// Output:
//     fn run(message: Self::Message, state: &mut Self::State, span: &WorkerSpan<'_>) -> Self::Output {
//         batch::one(Self::run_batch(batch::of(message), state, span))
//     }
//     fn run_batch(
//         messages: Vec<Self::Message>,
//         state: &mut Self::State,
//         span: &WorkerSpan<'_>,
//     ) -> Vec<Self::Output> {
//         let count = messages.len();
//         batch::share(count, store(messages))     // just `store(messages)` if it returns a `Vec`
//     }
pub(super) fn functions(worker: &Worker, batch: &Batch) -> TokenStream {
    let krate = &worker.krate;
    let (message, state, span) = (local("message"), local("state"), local("span"));
    // If it is another `Vec`, the error is at the user's type.
    let types = worker.parameters.iter().map(|parameter| &parameter.ty);
    let location = first_span(&quote!(#(#types)*));
    let mut messages = local("messages");
    messages.set_span(messages.span().located_at(location));
    let parameters = run::parameters(worker);
    let Body { before, call } = run::body(worker, &messages);
    let body = match &batch.outputs {
        Outputs::Each(ty) => {
            let call = located(call, first_span(&ty.to_token_stream()));
            quote_spanned!(Span::mixed_site()=> #before #call)
        }
        Outputs::Shared => {
            let count = local("count");
            quote_spanned! {Span::mixed_site()=>
                let #count = #messages.len();
                #before
                #krate::__private::batch::share(#count, #call)
            }
        }
    };
    quote_spanned! {Span::mixed_site()=>
        fn run(
            #message: Self::Message,
            #state: &mut Self::State,
            #span: &#krate::__private::WorkerSpan<'_>,
        ) -> Self::Output {
            #krate::__private::batch::one(<Self as #krate::__private::SyncWorker>::run_batch(
                #krate::__private::batch::of(#message),
                #state,
                #span,
            ))
        }
        fn run_batch(
            #messages: #krate::__private::Vec<Self::Message>,
            #parameters
        ) -> #krate::__private::Vec<Self::Output> {
            #body
        }
    }
}

// Input:
//     -> Vec<Stored> / -> Summary
// Output:
//     Stored / Arc<Summary>
pub(super) fn output_type(worker: &Worker, batch: &Batch) -> TokenStream {
    match &batch.outputs {
        Outputs::Each(ty) => ty.to_token_stream(),
        Outputs::Shared => shared(&worker.krate, &worker.output),
    }
}

// Output:
//     Arc<Summary>
fn shared(krate: &Path, output: &ReturnType) -> TokenStream {
    let ty = run::return_type(output);
    let arc = quote_spanned!(Span::mixed_site()=> #krate::__private::Arc<);
    // From the type's first token to its last, so that an error about sending it underlines it.
    let arc = located(arc, first_span(&ty));
    let last = ty.clone().into_iter().last();
    let last = last.map_or_else(Span::mixed_site, |token| token.span());
    let end = quote_spanned!(first_span(&arc).located_at(last)=> >);
    quote_spanned!(Span::mixed_site()=> #arc #ty #end)
}

/// Returns the tokens with another location, so that errors about them are there.
fn located(tokens: TokenStream, at: Span) -> TokenStream {
    let tokens = tokens.into_iter().map(|mut token| {
        token.set_span(token.span().located_at(at));
        token
    });
    tokens.collect()
}

// Input:
//     the parameter `output: &Self::Output`
// Output:
//     output / &**output for a shared one
pub(super) fn returned_value(worker: &Worker, output: &Ident) -> TokenStream {
    match &worker.batch {
        Some(Batch {
            outputs: Outputs::Shared,
            ..
        }) => quote_spanned!(output.span()=> &**#output),
        _ => output.to_token_stream(),
    }
}
