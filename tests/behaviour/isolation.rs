//! Nothing of one message is visible to the next one on the same thread.

use std::mem;
use std::thread::{self, ThreadId};
use std::time::Duration;

use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::trace::{SpanId, TraceContextExt as _, Tracer as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::SdkTracer;
use traced_worker::{Pool, traced_worker};
use traced_worker_tests::{Recorder, rounds};

/// Contexts that `opentelemetry` attaches on one thread at most; it ignores more.
const CONTEXT_STACK: usize = if cfg!(miri) { 100 } else { 65_535 };

struct Seen {
    thread: ThreadId,
    span: SpanId,
    baggage: usize,
}

/// Leaks so many context guards, each of a context with baggage.
#[traced_worker]
fn look(leaks: usize) -> Seen {
    let leaked = Context::current_with_baggage([KeyValue::new("leaked", "by another message")]);
    for _ in 0..leaks {
        mem::forget(leaked.clone().attach());
    }
    let context = Context::current();
    Seen {
        thread: thread::current().id(),
        span: context.span().span_context().span_id(),
        baggage: context.baggage().len(),
    }
}

#[test]
fn baggage_of_one_message_is_not_seen_by_the_next() {
    let recorder = Recorder::new();
    let pool = recorder.pool(look::pool());
    let guard = Context::current_with_baggage([KeyValue::new("tenant", "blue")]).attach();
    let first = pool.dispatch(0).unwrap().wait().unwrap();
    drop(guard);
    let second = pool.dispatch(0).unwrap().wait().unwrap();
    assert_eq!((first.baggage, second.baggage), (1, 0));
    assert_eq!(first.thread, second.thread);
    let spans = recorder.named("look");
    let span_ids: Vec<_> = spans.iter().map(|it| it.span_context.span_id()).collect();
    assert_eq!(span_ids, [first.span, second.span]);
    for span in &spans {
        Recorder::assert_root(span);
    }
}

fn assert_leaks_are_counted_and_not_seen_by_the_next(leaks: usize) {
    let recorder = Recorder::new();
    let pool = recorder.pool(look::pool());
    let leaky = pool.dispatch(leaks).unwrap().wait().unwrap();
    assert_eq!(leaky.baggage, 1);
    let next = recorder
        .tracer()
        .in_span("parent", |_| pool.dispatch(0).unwrap().wait().unwrap());
    assert_eq!(next.baggage, 0);
    assert_ne!(next.thread, leaky.thread, "the thread is replaced");
    assert_eq!(pool.stats().leaked_guards, 1);
    let spans = recorder.named("look");
    assert_eq!(spans.len(), 2);
    assert_eq!(spans[1].span_context.span_id(), next.span);
    Recorder::assert_child(&spans[1], &recorder.only("parent"));
    assert_eq!(pool.shutdown(Duration::MAX).completed, 2);
}

#[test]
fn a_leaked_guard_is_counted_and_not_seen_by_the_next_message() {
    assert_leaks_are_counted_and_not_seen_by_the_next(1);
}

#[test]
fn a_message_that_fills_the_context_stack_does_not_affect_the_next() {
    assert_leaks_are_counted_and_not_seen_by_the_next(CONTEXT_STACK);
}

#[test]
fn no_message_is_lost_where_each_one_leaks() {
    const MESSAGES: usize = rounds(300);

    let pool = look::pool().threads(2).start().unwrap();
    let handles = pool.dispatch_all([1; MESSAGES]).unwrap();
    for handle in handles {
        assert_eq!(handle.wait().unwrap().baggage, 1);
    }
    assert_eq!(pool.shutdown(Duration::MAX).completed, MESSAGES as u64);
    assert_eq!(pool.stats().leaked_guards, MESSAGES as u64);
}

#[test]
fn a_context_that_the_worker_keeps_does_not_keep_its_span_open() {
    #[traced_worker]
    fn keep() -> Context {
        Context::current()
    }

    let recorder = Recorder::new();
    let pool = recorder.pool(keep::pool());
    let kept = pool.dispatch(()).unwrap().wait().unwrap();
    assert_eq!(
        recorder.only("keep").span_context,
        *kept.span().span_context()
    );
}

/// Leaks a guard in a message that runs while another one, in a span of its own, waits for it.
#[traced_worker]
fn leak_inside(pool: Option<Pool<leak_inside>>, tracer: SdkTracer) {
    match pool {
        Some(pool) => tracer.in_span("around", |_| {
            let handle = pool.dispatch((None, tracer.clone())).unwrap();
            handle.wait().unwrap();
        }),
        None => mem::forget(Context::new().attach()),
    }
}

#[test]
fn a_leaked_guard_does_not_keep_the_span_around_the_message_open() {
    let recorder = Recorder::new();
    let pool = recorder.pool(leak_inside::pool());
    let message = (Some(pool.clone()), recorder.tracer());
    pool.dispatch(message).unwrap().wait().unwrap();
    assert_eq!(recorder.named("around").len(), 1);
    assert_eq!(pool.stats().leaked_guards, 2);
}
