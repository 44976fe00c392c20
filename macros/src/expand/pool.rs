//! The functions that make a pool's builder.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, quote_spanned};
use syn::Token;

use super::{first_span, type_ident};
use crate::model::{Parameter, Worker};

// Input:
//     $vis fn process(..) { .. }
// Output:
//     impl process { $vis fn pool(..) -> PoolBuilder<Self> { .. } }
pub(super) fn inherent_impl(worker: &Worker) -> TokenStream {
    let ident = type_ident(worker);
    let cfg = &worker.forwarded.everywhere;
    let keyword = Token![impl](ident.span());
    let (impl_generics, type_generics, where_clause) = worker.generics.split_for_impl();
    let functions = match (&worker.asyncness, &worker.state) {
        (Some(_), _) => of_tasks(worker),
        (None, None) => without_state(worker),
        (None, Some(state)) => with_state(worker, state),
    };
    quote_spanned! {Span::mixed_site()=>
        #cfg
        #keyword #impl_generics #ident #type_generics #where_clause {
            #functions
        }
    }
}

// Output:
//     $vis fn pool() -> PoolBuilder<Self> { PoolBuilder::new() }
fn without_state(worker: &Worker) -> TokenStream {
    let krate = &worker.krate;
    let visibility = &worker.visibility;
    quote_spanned! {Span::mixed_site()=>
        /// Returns a builder for a pool of threads that run this worker.
        #visibility fn pool() -> #krate::__private::PoolBuilder<Self> {
            #krate::__private::PoolBuilder::new()
        }
    }
}

// Output:
//     $vis fn pool() -> TaskPoolBuilder<Self> { TaskPoolBuilder::new() }
fn of_tasks(worker: &Worker) -> TokenStream {
    let krate = &worker.krate;
    let visibility = &worker.visibility;
    quote_spanned! {Span::mixed_site()=>
        /// Returns a builder for a pool of tasks that run this worker.
        #visibility fn pool() -> #krate::__private::TaskPoolBuilder<Self> {
            #krate::__private::TaskPoolBuilder::new()
        }
    }
}

// Input:
//     #[state] db: &mut Connection
// Output:
//     $vis fn pool<F>(make_state: F) -> PoolBuilder<Self>
//     where
//         F: Fn() -> Connection + ..,
//     {
//         PoolBuilder::with_state(make_state)
//     }
//     $vis fn try_pool<F, E>(make_state: F) -> PoolBuilder<Self>
//     where
//         F: Fn() -> Result<Connection, E> + ..,
//         E: Into<BoxError>,
//     {
//         PoolBuilder::try_with_state(make_state)
//     }
fn with_state(worker: &Worker, state: &Parameter) -> TokenStream {
    let krate = &worker.krate;
    let visibility = &worker.visibility;
    // Errors about the closure that makes the state refer to the type of the state.
    let at = first_span(&state.ty.to_token_stream()).resolved_at(Span::mixed_site());
    let pool = quote_spanned!(at=> fn pool<__F>(make_state: __F));
    let try_pool = quote_spanned!(at=> fn try_pool<__F, __E>(make_state: __F));
    let state = quote_spanned!(at=> <Self as #krate::__private::Worker>::State);
    let bounds = quote_spanned!(at=> ::core::marker::Send + ::core::marker::Sync + 'static);
    let maker = quote_spanned!(at=> __F: ::core::ops::Fn() -> #state + #bounds);
    let result = quote_spanned!(at=> ::core::result::Result<#state, __E>);
    let fallible_maker = quote_spanned!(at=> __F: ::core::ops::Fn() -> #result + #bounds);
    let error = quote_spanned!(at=> __E: ::core::convert::Into<#krate::__private::BoxError>);
    quote_spanned! {Span::mixed_site()=>
        /// Returns a builder for a pool of threads that run this worker. Each thread makes its
        /// state with `make_state`.
        #visibility #pool -> #krate::__private::PoolBuilder<Self>
        where
            #maker,
        {
            #krate::__private::PoolBuilder::with_state(make_state)
        }

        /// Returns a builder for a pool of threads that run this worker. Each thread makes its
        /// state with `make_state`, which can fail.
        #visibility #try_pool -> #krate::__private::PoolBuilder<Self>
        where
            #fallible_maker,
            #error,
        {
            #krate::__private::PoolBuilder::try_with_state(make_state)
        }
    }
}
