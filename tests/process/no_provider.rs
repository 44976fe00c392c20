//! Without a provider the worker runs, under the context of its message.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceContextExt as _, TraceFlags};
use traced_worker::traced_worker;
use traced_worker_tests::remote_context;

#[traced_worker]
fn look(number: u32) -> (u32, SpanContext) {
    (number + 1, Context::current().span().span_context().clone())
}

#[test]
fn the_worker_runs_under_the_context_of_its_message() {
    let pool = look::pool().threads(1).start().unwrap();
    let (number, seen) = pool.call(1).unwrap();
    assert_eq!(number, 2);
    assert!(!seen.is_valid());

    let context = remote_context(7, 9, TraceFlags::SAMPLED);
    let incoming = context.span().span_context().clone();
    let _guard = context.attach();
    for _ in 0..100 {
        assert_eq!(pool.dispatch(1).unwrap().wait().unwrap().1, incoming);
    }
    assert_eq!(pool.shutdown(Duration::MAX).completed, 101);
}
