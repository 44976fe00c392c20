//! Records on the span: the fields before the run, the failure and the return value after it.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};

use super::batch;
use crate::model::{Failing, Field, Format, Recording, Worker};

// Input:
//     fields(job.id = job.id)
// Output:
//     use value::{ByNative as _, ..};
pub(super) fn traits(worker: &Worker) -> Option<TokenStream> {
    let krate = &worker.krate;
    let is_by_type = |field: &Field| field.format.is_none();
    worker.fields.iter().any(is_by_type).then(|| {
        quote_spanned! {Span::mixed_site()=>
            use #krate::__private::value::{ByInto as _, ByNative as _, ByRequirement as _};
        }
    })
}

// Input:
//     fields(job.id = job.id, path = %path, key = ?key)
// Output:
//     span.record("job.id", || (&&&Autoref(&(job.id))).__value());
//     span.record("path", || value::display(&(path)));
//     span.record("key", || value::debug(&(key)));
pub(super) fn fields(worker: &Worker, span: &Ident) -> impl Iterator<Item = TokenStream> {
    let krate = &worker.krate;
    worker
        .fields
        .iter()
        .map(move |Field { key, format, value }| {
            let at = error_span(value);
            let value = borrowed(value);
            let value = match format {
                None => quote_spanned!(at=> (&&&#krate::__private::Autoref(#value)).__value()),
                Some(Format::Display) => {
                    quote_spanned!(at=> #krate::__private::value::display(#value))
                }
                Some(Format::Debug) => quote_spanned!(at=> #krate::__private::value::debug(#value)),
            };
            // A span of `tracing` has a formatted value without quotation marks.
            let record = match (format, &worker.tracing) {
                (Some(_), Some(_)) => Ident::new("record_formatted", Span::mixed_site()),
                _ => Ident::new("record", Span::mixed_site()),
            };
            // In a closure, which no control flow leaves, and whose panic is caught.
            quote_spanned!(Span::mixed_site()=> #span.#record(#key, || #value);)
        })
}

// Input:
//     fn process(..) -> Result<Digest, HashError> { .. }
// Output:
//     fn failure(output: &Self::Output) -> Option<Failure<'_>> {
//         use failure::{ByError as _, ..};
//         (&&&&&Autoref(output)).__failure()
//     }
pub(super) fn failure(worker: &Worker) -> Option<TokenStream> {
    let krate = &worker.krate;
    let Recording { mode, span } = worker.failure.as_ref()?;
    let at = span.resolved_at(Span::mixed_site());
    let output = Ident::new("__output", at);
    let value = batch::returned_value(worker, &output);
    let failure = match mode {
        None => quote_spanned! {Span::mixed_site()=>
            use #krate::__private::failure::{
                ByBoxedError as _, ByDebug as _, ByDisplay as _, ByError as _, ByType as _,
                Infallible as _,
            };
            (&&&&&#krate::__private::Autoref(#value)).__failure()
        },
        Some(Failing::Err(Format::Display)) => {
            quote_spanned!(at=> #krate::__private::failure::display(#value))
        }
        Some(Failing::Err(Format::Debug)) => {
            quote_spanned!(at=> #krate::__private::failure::debug(#value))
        }
        Some(Failing::None) => quote_spanned!(at=> #krate::__private::failure::none(#value)),
    };
    Some(quote_spanned! {Span::mixed_site()=>
        fn failure(
            #output: &Self::Output,
        ) -> ::core::option::Option<#krate::__private::Failure<'_>> {
            #failure
        }
    })
}

// Input:
//     #[traced_worker(ret)]
// Output:
//     fn record_return(output: &Self::Output, span: &WorkerSpan<'_>) {
//         use returned::{ByResultNative as _, ..};
//         returned::record(span, (&&&&&&&Autoref(output)).__returned());
//     }
pub(super) fn returned(worker: &Worker) -> Option<TokenStream> {
    let krate = &worker.krate;
    let Recording { mode, span } = worker.returned.as_ref()?;
    let at = span.resolved_at(Span::mixed_site());
    let output = Ident::new("__output", at);
    let value = batch::returned_value(worker, &output);
    let (traits, value) = match mode {
        None => (
            quote_spanned! {Span::mixed_site()=>
                ByDebug as _, ByDisplay as _, ByNative as _, ByRequirement as _,
                ByResultDebug as _, ByResultDisplay as _, ByResultNative as _,
            },
            quote_spanned! {at=>
                (&&&&&&&#krate::__private::Autoref(#value)).__returned()
            },
        ),
        Some(format) => {
            let method = match format {
                Format::Display => Ident::new("__display", at),
                Format::Debug => Ident::new("__debug", at),
            };
            (
                quote_spanned!(Span::mixed_site()=> Plain as _, ResultFirst as _),
                quote_spanned!(at=> (&&#krate::__private::Autoref(#value)).#method()),
            )
        }
    };
    Some(quote_spanned! {Span::mixed_site()=>
        fn record_return(#output: &Self::Output, __span: &#krate::__private::WorkerSpan<'_>) {
            use #krate::__private::returned::{#traits};
            #krate::__private::returned::record(__span, #value);
        }
    })
}

// Input:
//     job.id
// Output:
//     &(job.id)
fn borrowed(value: &TokenStream) -> TokenStream {
    let (first, last) = value
        .clone()
        .into_iter()
        .fold((None, None), |(first, _), token| {
            let span = token.span().resolved_at(Span::mixed_site());
            (first.or(Some(span)), Some(span))
        });
    // From the first token to the last, so that errors about all of it underline all of it.
    let reference = quote_spanned!(first.unwrap_or_else(Span::mixed_site)=> &);
    let mut group = Group::new(Delimiter::Parenthesis, value.clone());
    group.set_span(last.unwrap_or_else(Span::mixed_site));
    quote!(#reference #group)
}

/// Returns the span for an error about the value: that of its last name, or of its first token.
fn error_span(value: &TokenStream) -> Span {
    let mut span = None;
    for token in value.clone() {
        if span.is_none() || matches!(token, TokenTree::Ident(_)) {
            span = Some(token.span());
        }
    }
    span.unwrap_or_else(Span::mixed_site)
        .resolved_at(Span::mixed_site())
}
