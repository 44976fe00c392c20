//! No provider at all: the worker still runs, and what comes in still goes on.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use opentelemetry::Context;
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState,
};
use traced_worker::traced_worker;

#[traced_worker]
fn look(number: u32) -> (u32, SpanContext) {
    (number + 1, Context::current().span().span_context().clone())
}

#[test]
fn the_worker_runs_and_the_context_goes_on() {
    let pool = look::pool().threads(1).start().unwrap();
    let (number, seen) = pool.call(1).unwrap();
    assert_eq!(number, 2);
    assert!(!seen.is_valid());

    let incoming = SpanContext::new(
        TraceId::from(7),
        SpanId::from(9),
        TraceFlags::SAMPLED,
        true,
        TraceState::NONE,
    );
    let _guard = Context::new()
        .with_remote_span_context(incoming.clone())
        .attach();
    for _ in 0..100 {
        assert_eq!(pool.dispatch(1).unwrap().wait().unwrap().1, incoming);
    }
    assert_eq!(pool.shutdown(Duration::MAX).completed, 101);
}
