//! The type of a worker.

use std::mem;

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::punctuated::Punctuated;
use syn::{Generics, Lifetime, Token, TypeParamBound, WherePredicate};

use super::type_ident;
use crate::model::Worker;

// Input:
//     $vis fn process<T: Bound>(..) { .. }
// Output:
//     $vis struct process<T: 'static> { marker: PhantomData<fn() -> (*const T,)> }
pub(super) fn item(worker: &Worker, derive: Option<&TokenStream>) -> TokenStream {
    let ident = type_ident(worker);
    let visibility = &worker.visibility;
    let (cfg, attributes) = (&worker.forwarded.everywhere, &worker.forwarded.on_type);
    let generics = generics(&worker.generics);
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
    // Errors about the type are at its name.
    let keyword = Token![struct](ident.span());
    let (function, name) = (&worker.ident, &worker.type_name);
    let documentation = format!(
        " The worker of [`{function}()`](fn@{function}): `{name}::pool()` configures a pool for it."
    );
    quote_spanned! {Span::mixed_site()=>
        #cfg
        #[doc = #documentation]
        #derive
        #attributes
        #[non_exhaustive]
        #visibility #keyword #ident #generics #where_clause { #marker }
    }
}

/// The parameters of the type: with the bounds without which a type parameter would have another
/// meaning, and with `'static`, which every worker is. As the type has that bound, its impls need
/// only the function's own bounds.
fn generics(generics: &Generics) -> Generics {
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
