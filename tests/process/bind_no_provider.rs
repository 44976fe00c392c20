//! Bound closures in a program without a provider: the context that came in goes on.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../bind/integrations.rs"]
mod integrations;

use std::sync::mpsc;
use std::thread;

use integrations::{for_each, value_of};
use opentelemetry::Context;
use opentelemetry::trace::{TraceContextExt as _, TraceFlags};
use traced_worker::{bind, bind_future_in_span, bind_in_span};
use traced_worker_tests::{HANGS, local_context};

fn ids() -> (u128, u64) {
    let context = Context::current();
    let span = context.span();
    let span_context = span.span_context();
    (
        u128::from_be_bytes(span_context.trace_id().to_bytes()),
        u64::from_be_bytes(span_context.span_id().to_bytes()),
    )
}

#[test]
fn the_context_travels_and_no_span_is_started() {
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.build().unwrap();
    for (expected, context) in [
        ((7, 8), local_context(7, 8, TraceFlags::SAMPLED)),
        ((0, 0), Context::new()),
    ] {
        let _guard = context.attach();
        assert_eq!(thread::spawn(bind(ids)).join().unwrap(), expected);
        let in_span = thread::spawn(bind_in_span("work", ids));
        assert_eq!(in_span.join().unwrap(), expected);
        let future = bind_future_in_span("work", async { ids() });
        assert_eq!(runtime.block_on(future), expected);
    }
}

#[test]
fn the_context_travels_on_every_way_and_nothing_is_left() {
    for_each(|integration| {
        let _guard = local_context(7, 8, TraceFlags::SAMPLED).attach();
        assert_eq!(value_of(integration, ids), (7, 8));
        for panics in [false, true] {
            let (sender, left) = mpsc::channel();
            let work = Box::new(move || assert!(!panics, "deliberate"));
            let after = Box::new(move || sender.send(ids()).unwrap());
            assert_eq!(integration(work, after), panics);
            assert_eq!(left.recv_timeout(HANGS).unwrap(), (0, 0));
        }
    });
}

#[test]
fn a_panic_goes_on() {
    let thread = thread::spawn(bind_in_span("work", || panic!("deliberate")));
    assert!(thread.join().is_err());
}
