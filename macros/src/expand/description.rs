//! `Worker::DESCRIPTION`: what the attribute says of the worker.

use proc_macro2::{Literal, Span, TokenStream};
use quote::quote_spanned;
use syn::ext::IdentExt as _;

use crate::model::Worker;

// Input:
//     #[traced_worker(name = "..", kind = consumer, parent = link, batch = 64, caller = "..")]
// Output:
//     &Description::new("..", concat!(module_path!(), "::", ".."), file!(), line!())
//         .kind(SpanKind::Consumer)
//         .parent(Parent::Link)
//         .batch(64, 0)
//         .caller("..")
pub(super) fn description(worker: &Worker) -> TokenStream {
    let krate = &worker.krate;
    let name = &worker.name;
    let function = worker.ident.unraw().to_string();
    let kind = worker
        .kind
        .as_ref()
        .map(|kind| quote_spanned!(Span::mixed_site()=> .kind(#krate::__private::SpanKind::#kind)));
    let parent = worker.parent.as_ref().map(
        |parent| quote_spanned!(Span::mixed_site()=> .parent(#krate::__private::Parent::#parent)),
    );
    let batch = worker.batch.as_ref().map(|batch| {
        let messages = Literal::usize_unsuffixed(batch.messages);
        let linger = Literal::u64_unsuffixed(batch.linger);
        quote_spanned!(Span::mixed_site()=> .batch(#messages, #linger))
    });
    let caller = worker
        .caller
        .as_ref()
        .map(|caller| quote_spanned!(Span::mixed_site()=> .caller(#caller)));
    quote_spanned! {Span::mixed_site()=>
        &#krate::__private::Description::new(
            #name,
            ::core::concat!(::core::module_path!(), "::", #function),
            ::core::file!(),
            ::core::line!(),
        )
        #kind
        #parent
        #batch
        #caller
    }
}
