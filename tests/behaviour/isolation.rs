//! Nothing of one message is visible to the next one on the same thread.

use std::time::Duration;

use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::trace::{SpanId, TraceContextExt as _, Tracer as _};
use opentelemetry::{Context, KeyValue};
use traced_worker::traced_worker;
use traced_worker_tests::Recorder;

struct Seen {
    thread: String,
    parent: SpanId,
    baggage: usize,
}

#[traced_worker]
fn look(leak: bool) -> Seen {
    if leak {
        let context = Context::current_with_baggage([KeyValue::new("leaked", "by the one before")]);
        std::mem::forget(context.attach());
    }
    let context = Context::current();
    Seen {
        thread: format!("{:?}", std::thread::current().id()),
        parent: context.span().span_context().span_id(),
        baggage: context.baggage().len(),
    }
}

#[test]
fn baggage_of_one_message_is_not_seen_by_the_next() {
    let recorder = Recorder::new();
    let pool = look::pool()
        .threads(1)
        .tracer_provider(recorder.provider())
        .start()
        .unwrap();
    let guard = Context::current_with_baggage([KeyValue::new("tenant", "blue")]).attach();
    let first = pool.dispatch(false).unwrap().wait().unwrap();
    drop(guard);
    let second = pool.dispatch(false).unwrap().wait().unwrap();
    assert_eq!((first.baggage, second.baggage), (1, 0));
    assert_eq!(first.thread, second.thread);
    assert_ne!(first.parent, second.parent);
    for span in recorder.spans() {
        Recorder::assert_root(&span);
    }
}

#[test]
fn a_leaked_guard_is_found_and_counted_and_not_seen_by_the_next() {
    let recorder = Recorder::new();
    let pool = look::pool()
        .threads(1)
        .tracer_provider(recorder.provider())
        .start()
        .unwrap();
    let leaky = pool.dispatch(true).unwrap().wait().unwrap();
    assert_eq!(leaky.baggage, 1);
    recorder.tracer().in_span("parent", |_| {
        let next = pool.dispatch(false).unwrap().wait().unwrap();
        assert_eq!(next.baggage, 0);
        assert_ne!(next.thread, leaky.thread, "the thread was replaced");
    });
    assert_eq!(pool.stats().leaked_guards, 1);
    let parent = recorder.only("parent");
    Recorder::assert_child(&recorder.named("look")[1], &parent);
    assert_eq!(pool.shutdown(Duration::MAX).completed, 2);
}

#[test]
fn more_leaks_than_a_context_stack_holds() {
    let pool = look::pool().threads(2).start().unwrap();
    for _ in 0..300 {
        pool.send(true).unwrap();
    }
    let report = pool.shutdown(Duration::MAX);
    assert_eq!(report.completed, 300);
    assert_eq!(pool.stats().leaked_guards, 300);
}

#[test]
fn a_context_that_the_worker_keeps_does_not_keep_its_span_open() {
    #[traced_worker]
    fn keep() -> Context {
        Context::current()
    }

    let recorder = Recorder::new();
    let pool = keep::pool()
        .threads(1)
        .tracer_provider(recorder.provider())
        .start()
        .unwrap();
    let kept = pool.dispatch(()).unwrap().wait().unwrap();
    assert_eq!(
        recorder.only("keep").span_context,
        *kept.span().span_context()
    );
}
