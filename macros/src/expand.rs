//! Generates the code of a worker. Nothing fails here, and nothing is decided that the model could
//! decide.
//!
//! All generated code has the span of the attribute's expansion: its names cannot collide with the
//! user's, and lints skip it. A token that a compiler error may be about is located at the user's
//! token that the error is about.

mod asynchronous;
mod batch;
mod deprecated;
mod item;
mod metadata;
mod pool;
mod record;
mod run;
mod tracing;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Token;
use syn::ext::IdentExt as _;

use crate::diag::Diagnostics;
use crate::fallback;
use crate::model::Worker;

pub(crate) use deprecated::derive as derive_deprecated;

// Input:
//     #[traced_worker($args)]
//     $item
// Output:
//     $item
//     the worker, if there can be one
//     compile_error! { .. }
pub(crate) fn attribute(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    match Worker::new(args, item, &mut diagnostics) {
        Ok(worker) => {
            let worker = expand(&worker);
            let errors = diagnostics.into_compile_errors();
            quote!(#worker #errors)
        }
        Err(item) => fallback::expand(&item, diagnostics),
    }
}

// Input:
//     $vis fn process(job: Job) -> Digest { .. }
// Output:
//     $vis fn process(job: Job) -> Digest { .. }
//     $vis struct process {}
//     impl Worker for process { .. }
//     impl process { $vis fn pool() -> .. }
fn expand(worker: &Worker) -> TokenStream {
    let function = function(worker);
    let worker_impls = worker_impls(worker);
    let pool_impl = pool::inherent_impl(worker);
    let impls = quote!(#worker_impls #pool_impl);
    if worker.forwarded.is_deprecated {
        let derive = deprecated::derive_of(worker, &impls);
        let item = item::item(worker, Some(&derive));
        quote!(#function #item)
    } else {
        let item = item::item(worker, None);
        quote!(#function #item #impls)
    }
}

// Input:
//     $vis fn process(job: Job) -> Digest { .. }
// Output:
//     #[cfg_attr(clippy, exempt_from_clippy)]
//     $vis fn process(job: Job) -> Digest { .. }
fn function(worker: &Worker) -> TokenStream {
    let krate = &worker.krate;
    let function = &worker.function;
    let exempt = quote_spanned! {Span::mixed_site()=>
        #[cfg_attr(clippy, #krate::__private::exempt_from_clippy)]
    };
    quote!(#exempt #function)
}

// Input:
//     fn process(job: Job) -> Digest { .. }
// Output:
//     impl ByAttribute for process {}
//     impl Worker for process {
//         type Message = Job;
//         type Output = Digest;
//         type State = ();
//         const METADATA: &'static Metadata = ..;
//         fn failure(..) { .. }
//         fn record_return(..) { .. }
//     }
//     impl SyncWorker for process {       // AsyncWorker for an `async fn`
//         fn run(..) { .. }
//     }
fn worker_impls(worker: &Worker) -> TokenStream {
    let krate = &worker.krate;
    let ident = type_ident(worker);
    let cfg = &worker.forwarded.everywhere;
    let keyword = Token![impl](ident.span());
    let (impl_generics, type_generics, where_clause) = worker.generics.split_for_impl();
    let message = associated_type("Message", &run::message_type(worker));
    let output = associated_type("Output", &run::output_type(worker));
    let state = associated_type("State", &run::state_type(worker));
    let metadata = metadata::metadata(worker);
    let run_trait = run::trait_ident(worker);
    let tracing = worker
        .tracing
        .as_ref()
        .map(|tracing| tracing::call_sites(worker, tracing));
    let run = run::functions(worker);
    let failure = record::failure(worker);
    let returned = record::returned(worker);
    quote_spanned! {Span::mixed_site()=>
        #cfg
        #[automatically_derived]
        #keyword #impl_generics #krate::__private::ByAttribute for #ident #type_generics #where_clause {}
        #cfg
        #[automatically_derived]
        #keyword #impl_generics #krate::__private::Worker for #ident #type_generics #where_clause {
            #message
            #output
            #state
            const METADATA: &'static #krate::__private::Metadata = #metadata;
            #tracing
            #failure
            #returned
        }
        #cfg
        #[automatically_derived]
        #keyword #impl_generics #krate::__private::#run_trait for #ident #type_generics #where_clause {
            #run
        }
    }
}

// Input:
//     Job
// Output:
//     type Message = Job;
fn associated_type(name: &str, ty: &TokenStream) -> TokenStream {
    // If the type may not be named here, the error is at the user's type.
    let at = first_span(ty).resolved_at(Span::mixed_site());
    let name = Ident::new(name, at);
    quote_spanned!(at=> type #name = #ty;)
}

/// The name of the type.
fn type_ident(worker: &Worker) -> Ident {
    generated(&worker.type_name)
}

/// The user's name for a generated item: lints see that the item is generated.
fn generated(ident: &Ident) -> Ident {
    let span = Span::call_site().located_at(ident.span());
    let name = ident.unraw().to_string();
    // The span has the edition of this crate, in which more words are keywords than in the user's.
    let is_keyword = name == "gen" || syn::parse_str::<Ident>(&name).is_err();
    if is_keyword {
        Ident::new_raw(&name, span)
    } else {
        Ident::new(&name, span)
    }
}

fn first_span(tokens: &TokenStream) -> Span {
    let first = tokens.clone().into_iter().next();
    first.map_or_else(Span::mixed_site, |token| token.span())
}

#[cfg(test)]
mod tests;
