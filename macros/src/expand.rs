//! The worker as code. Nothing can fail here, and nothing is decided that the model could decide.
//!
//! All that is generated has the span of the attribute's expansion, so that its names cannot meet
//! the user's, and lints leave it alone; what the compiler may have to complain about stands at
//! the user's token.

mod batch;
mod description;
mod record;
mod run;

use std::mem;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::punctuated::Punctuated;
use syn::{Generics, Lifetime, Token, TypeParamBound, WherePredicate};

use crate::diag::Diagnostics;
use crate::fallback;
use crate::model::Worker;

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
    let item = item(worker);
    let worker_impl = worker_impl(worker);
    let inherent_impl = inherent_impl(worker);
    quote! {
        #function
        #item
        #worker_impl
        #inherent_impl
    }
}

// Input:
//     $vis fn process(job: Job) -> Digest { .. }
// Output:
//     #[allow(clippy::needless_pass_by_value)]
//     $vis fn process(job: Job) -> Digest { .. }
fn function(worker: &Worker) -> TokenStream {
    let function = &worker.function;
    let lint = (!worker.parameters.is_empty()).then(|| {
        quote_spanned! {Span::mixed_site()=>
            #[allow(clippy::needless_pass_by_value, reason = "a worker owns its message")]
        }
    });
    let lint_of_state = worker.state.as_ref().map(|_| {
        quote_spanned! {Span::mixed_site()=>
            #[allow(clippy::ptr_arg, reason = "a thread holds its state by value")]
        }
    });
    quote!(#lint #lint_of_state #function)
}

// Input:
//     $vis fn process<T: Bound>(..) { .. }
// Output:
//     $vis struct process<T: 'static> { marker: PhantomData<fn() -> (*const T,)> }
fn item(worker: &Worker) -> TokenStream {
    let ident = type_ident(worker);
    let visibility = &worker.visibility;
    let (cfg, carried) = (&worker.carried.cfg, &worker.carried.item);
    let generics = generics_of_item(&worker.generics);
    let where_clause = &generics.where_clause;
    let types = worker
        .generics
        .type_params()
        .map(|parameter| &parameter.ident);
    let marker = (worker.generics.type_params().next().is_some()).then(|| {
        quote_spanned! {Span::mixed_site()=>
            marker: ::core::marker::PhantomData<fn() -> (#(*const #types,)*)>,
        }
    });
    let name = &worker.ident;
    // Where the compiler has to say something of the type, it says it at the function's name.
    let keyword = Token![struct](ident.span());
    let documentation =
        format!(" The worker of [`{name}()`](fn@{name}): dispatch to it through `{name}::pool()`.");
    quote_spanned! {Span::mixed_site()=>
        #cfg
        #[doc = #documentation]
        #carried
        #[allow(non_camel_case_types, reason = "it has the name of its function")]
        #visibility #keyword #ident #generics #where_clause { #marker }
    }
}

// Input:
//     fn process(job: Job) -> Digest { .. }
// Output:
//     impl Worker for process {
//         type Message = Job;
//         type Output = Digest;
//         type State = ();
//         const DESCRIPTION: &'static Description = ..;
//         fn run(..) { .. }
//         fn failure(..) { .. }
//         fn record_return(..) { .. }
//     }
fn worker_impl(worker: &Worker) -> TokenStream {
    let krate = &worker.krate;
    let ident = type_ident(worker);
    let cfg = &worker.carried.cfg;
    let lints = lints(worker);
    let keyword = Token![impl](ident.span());
    let (impl_generics, type_generics, where_clause) = worker.generics.split_for_impl();
    let message = associated_type("Message", &run::message_type(worker));
    let output = associated_type("Output", &run::output_type(worker));
    let state = associated_type("State", &run::state_type(worker));
    let description = description::description(worker);
    let run = run::functions(worker);
    let failure = record::failure(worker);
    let returned = record::returned(worker);
    quote_spanned! {Span::mixed_site()=>
        #cfg
        #lints
        #[automatically_derived]
        #keyword #impl_generics #krate::__private::Worker for #ident #type_generics #where_clause {
            #message
            #output
            #state
            const DESCRIPTION: &'static #krate::__private::Description = #description;
            #run
            #failure
            #returned
        }
    }
}

// Input:
//     Job
// Output:
//     type Message = Job;
fn associated_type(name: &str, ty: &TokenStream) -> TokenStream {
    // Where the type may not be named here, the compiler says so at the user's type.
    let at = first_span(ty).resolved_at(Span::mixed_site());
    let name = Ident::new(name, at);
    quote_spanned!(at=> type #name = #ty;)
}

// Input:
//     $vis fn process(..) { .. }
// Output:
//     impl process { $vis fn pool() -> PoolBuilder<Self> { .. } }
fn inherent_impl(worker: &Worker) -> TokenStream {
    let krate = &worker.krate;
    let ident = type_ident(worker);
    let visibility = &worker.visibility;
    let cfg = &worker.carried.cfg;
    let lints = lints(worker);
    let keyword = Token![impl](ident.span());
    let (impl_generics, type_generics, where_clause) = worker.generics.split_for_impl();
    quote_spanned! {Span::mixed_site()=>
        #cfg
        #lints
        #keyword #impl_generics #ident #type_generics #where_clause {
            /// A pool of threads that run this worker, to be set up and started.
            #visibility fn pool() -> #krate::__private::PoolBuilder<Self> {
                #krate::__private::PoolBuilder::new()
            }
        }
    }
}

// Input:
//     #[deprecated] fn process(..) { .. }
// Output:
//     #[allow(deprecated)]
fn lints(worker: &Worker) -> Option<TokenStream> {
    worker.carried.is_deprecated.then(|| {
        quote_spanned! {Span::mixed_site()=>
            #[allow(deprecated, reason = "this makes the deprecated function a worker")]
        }
    })
}

/// The parameters of the type: with the bounds without which a type parameter would have another
/// meaning, and with `'static`, which every worker is. Said here, it need not be said of the impls,
/// which have the function's own bounds.
fn generics_of_item(generics: &Generics) -> Generics {
    let mut item = generics.clone();
    for parameter in item.type_params_mut() {
        parameter.bounds = relaxed(&parameter.bounds);
        let lifetime = Lifetime::new("'static", Span::mixed_site());
        parameter.bounds.push(TypeParamBound::Lifetime(lifetime));
        parameter
            .colon_token
            .get_or_insert(Token![:](Span::mixed_site()));
    }
    if let Some(clause) = &mut item.where_clause {
        let predicates = mem::take(&mut clause.predicates).into_iter();
        clause.predicates = predicates
            .filter_map(|mut predicate| {
                let WherePredicate::Type(of_type) = &mut predicate else {
                    return None;
                };
                of_type.bounds = relaxed(&of_type.bounds);
                (!of_type.bounds.is_empty()).then_some(predicate)
            })
            .collect();
    }
    item
}

/// The bounds of the form `?Sized`.
fn relaxed(bounds: &Bounds) -> Bounds {
    let is_relaxed = |bound: &&TypeParamBound| matches!(bound, TypeParamBound::Trait(bound) if bound.maybe.is_some());
    bounds.iter().filter(is_relaxed).cloned().collect()
}

type Bounds = Punctuated<TypeParamBound, Token![+]>;

/// The function's name, as the name of the type. Lints see that it is generated.
fn type_ident(worker: &Worker) -> Ident {
    let mut ident = worker.ident.clone();
    ident.set_span(Span::call_site().located_at(ident.span()));
    ident
}

fn first_span(tokens: &TokenStream) -> Span {
    let first = tokens.clone().into_iter().next();
    first.map_or_else(Span::mixed_site, |token| token.span())
}

#[cfg(test)]
mod tests;
