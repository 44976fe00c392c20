//! `Worker::METADATA`: the constant data of the worker.

use proc_macro2::{Literal, Span, TokenStream};
use quote::quote_spanned;
use syn::ext::IdentExt as _;

use crate::model::Worker;

// Input:
//     #[traced_worker(name = "..", kind = consumer, relation = link, batch = 64, caller = "..")]
// Output:
//     &Metadata::new("..", concat!(module_path!(), "::", ".."), file!(), line!())
//         .with_span_kind(SpanKind::Consumer)
//         .with_relation(SpanRelation::Link)
//         .with_batch(64, 0)
//         .with_caller_name("..")
pub(super) fn metadata(worker: &Worker) -> TokenStream {
    let krate = &worker.krate;
    let name = &worker.name;
    let function = worker.ident.unraw().to_string();
    let span_kind = worker.kind.as_ref().map(
        |kind| quote_spanned!(Span::mixed_site()=> .with_span_kind(#krate::__private::SpanKind::#kind)),
    );
    let relation = worker.relation.as_ref().map(|relation| {
        quote_spanned!(Span::mixed_site()=> .with_relation(#krate::__private::SpanRelation::#relation))
    });
    let batch = worker.batch.as_ref().map(|batch| {
        let messages = Literal::usize_unsuffixed(batch.messages);
        let linger = Literal::u64_unsuffixed(batch.linger);
        quote_spanned!(Span::mixed_site()=> .with_batch(#messages, #linger))
    });
    let caller_name = worker
        .caller
        .as_ref()
        .map(|caller| quote_spanned!(Span::mixed_site()=> .with_caller_name(#caller)));
    quote_spanned! {Span::mixed_site()=>
        &#krate::__private::Metadata::new(
            #name,
            ::core::concat!(::core::module_path!(), "::", #function),
            ::core::file!(),
            ::core::line!(),
        )
        #span_kind
        #relation
        #batch
        #caller_name
    }
}
