//! `Worker::TRACING`: the call sites of a worker span that is a span of `tracing`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::LitStr;

use super::run::local;
use crate::model::{Field, LevelName, Tracing, Worker};

// Input:
//     #[traced_worker(tracing, level = "debug", kind = consumer, fields(job.id = job.id), err, ret)]
// Output:
//     const TRACING: Option<&'static CallSites> = Some(
//         &CallSites::new(
//             || span!(
//                 target: module_path!(),
//                 Level::DEBUG,
//                 "process",
//                 "otel.kind" = "consumer",
//                 "job.id" = Empty,
//             ),
//             |parent| span!(target: module_path!(), parent: parent, ..),
//         )
//         .with_error(|error| event!(target: module_path!(), Level::ERROR, "error" = error))
//         .with_return(|value| event!(target: module_path!(), Level::DEBUG, "return" = value))
//         .detached()
//     );
pub(super) fn call_sites(worker: &Worker, tracing: &Tracing) -> TokenStream {
    let krate = &worker.krate;
    let name = &worker.name;
    let target = tracing.target.as_ref().map_or_else(
        || quote_spanned!(Span::mixed_site()=> ::core::module_path!()),
        |target| quote!(#target),
    );
    let level = match &tracing.level {
        None => constant(worker, "INFO"),
        Some(LevelName::Constant(level)) => constant(worker, level),
        Some(LevelName::Path(path)) => quote!(#path),
    };
    let kind = worker.kind.as_ref().map(|kind| {
        let kind = LitStr::new(&kind.to_string().to_lowercase(), Span::mixed_site());
        quote_spanned!(Span::mixed_site()=> "otel.kind" = #kind,)
    });
    let recorded = worker.fields.iter().map(|Field { key, .. }| key);
    let keys = recorded.chain(&tracing.empty_fields);
    let (value, parent) = (local("value"), local("parent"));
    let attributes = quote_spanned! {Span::mixed_site()=>
        #level,
        #name,
        #kind
        #(#keys = #krate::__private::tracing::field::Empty,)*
    };
    let with_error = tracing.has_error_event.then(|| {
        let level = constant(worker, "ERROR");
        let event = event(worker, &target, &level, "error", &value);
        quote_spanned!(Span::mixed_site()=> .with_error(|#value| #event))
    });
    let with_return = tracing.has_return_event.then(|| {
        let event = event(worker, &target, &level, "return", &value);
        quote_spanned!(Span::mixed_site()=> .with_return(|#value| #event))
    });
    let detached = tracing
        .is_detached
        .then(|| quote_spanned!(Span::mixed_site()=> .detached()));
    quote_spanned! {Span::mixed_site()=>
        const TRACING: ::core::option::Option<&'static #krate::__private::CallSites> =
            ::core::option::Option::Some(
                &#krate::__private::CallSites::new(
                    || #krate::__private::tracing::span!(target: #target, #attributes),
                    |#parent| #krate::__private::tracing::span!(
                        target: #target,
                        parent: #parent,
                        #attributes
                    ),
                )
                #with_error
                #with_return
                #detached
            );
    }
}

// Output:
//     event!(target: module_path!(), Level::INFO, "return" = value)
fn event(
    worker: &Worker,
    target: &TokenStream,
    level: &TokenStream,
    key: &str,
    value: &Ident,
) -> TokenStream {
    let krate = &worker.krate;
    quote_spanned! {Span::mixed_site()=>
        #krate::__private::tracing::event!(target: #target, #level, #key = #value)
    }
}

// Output:
//     tracing::Level::INFO
fn constant(worker: &Worker, level: &str) -> TokenStream {
    let krate = &worker.krate;
    let level = Ident::new(level, Span::mixed_site());
    quote_spanned!(Span::mixed_site()=> #krate::__private::tracing::Level::#level)
}
