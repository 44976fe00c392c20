//! Every way of dispatch gives one trace.

use std::time::Duration;

use opentelemetry::Context;
use opentelemetry::trace::{Span as _, TraceContextExt as _, Tracer as _};
use pollster::block_on;
use traced_worker::{Pool, traced_worker};
use traced_worker_tests::{Latch, Recorder, latch};

#[traced_worker(name = "worker_process")]
fn process(number: u32) -> u32 {
    number + 1
}

fn one_trace(way: impl FnOnce(&Pool<process>)) {
    let recorder = Recorder::new();
    let pool = process::pool()
        .threads(2)
        .tracer_provider(recorder.provider())
        .start()
        .unwrap();
    recorder.tracer().in_span("process_data", |_| way(&pool));
    pool.shutdown(Duration::MAX);
    let parent = recorder.only("process_data");
    let workers = recorder.named("worker_process");
    assert!(!workers.is_empty());
    for worker in workers {
        Recorder::assert_child(&worker, &parent);
    }
    Recorder::assert_root(&parent);
}

#[test]
fn dispatch() {
    one_trace(|pool| assert_eq!(pool.dispatch(1).unwrap().wait().unwrap(), 2));
}

#[test]
fn try_dispatch() {
    one_trace(|pool| assert_eq!(pool.try_dispatch(1).unwrap().wait().unwrap(), 2));
}

#[test]
fn dispatch_timeout() {
    one_trace(|pool| {
        let handle = pool.dispatch_timeout(1, Duration::from_mins(1)).unwrap();
        assert_eq!(handle.wait().unwrap(), 2);
    });
}

#[test]
fn dispatch_async() {
    one_trace(|pool| {
        let reply = block_on(async { pool.dispatch_async(1).await.unwrap().await });
        assert_eq!(reply.unwrap(), 2);
    });
}

#[test]
fn send() {
    one_trace(|pool| pool.send(1).unwrap());
}

#[test]
fn try_send() {
    one_trace(|pool| pool.try_send(1).unwrap());
}

#[test]
fn dispatch_all() {
    one_trace(|pool| {
        let handles = pool.dispatch_all(1..=100).unwrap();
        let replies: Vec<u32> = handles.into_iter().map(|it| it.wait().unwrap()).collect();
        assert_eq!(replies, (2..=101).collect::<Vec<_>>());
    });
}

#[test]
fn the_context_is_that_of_the_call_not_of_the_first_poll() {
    let recorder = Recorder::new();
    let pool = process::pool()
        .threads(1)
        .tracer_provider(recorder.provider())
        .start()
        .unwrap();
    let dispatch = recorder
        .tracer()
        .in_span("process_data", |_| pool.dispatch_async(1));
    block_on(dispatch).unwrap().wait().unwrap();
    Recorder::assert_child(
        &recorder.only("worker_process"),
        &recorder.only("process_data"),
    );
}

#[traced_worker]
fn held(latch: Latch) {
    latch.hold();
}

#[test]
fn one_free_place_of_several_is_enough() {
    let pool = held::pool().threads(1).queue(4).start().unwrap();
    let (first, release_first) = latch();
    let (second, release_second) = latch();
    pool.send(first).unwrap();
    release_first.wait_until_held();
    pool.send(second).unwrap();
    // Latches that hold nobody: their releases are gone.
    for _ in 0..3 {
        pool.send(latch().0).unwrap();
    }
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| pool.send(latch().0));
        // One place becomes free, and no other as long as the second is held.
        release_first.release();
        release_second.wait_until_held();
        waiting.join().unwrap().unwrap();
        release_second.release();
    });
    assert_eq!(pool.shutdown(Duration::MAX).completed, 6);
}

#[test]
fn a_parent_that_ends_first_is_not_kept_open() {
    let recorder = Recorder::new();
    let pool = held::pool()
        .threads(1)
        .tracer_provider(recorder.provider())
        .start()
        .unwrap();
    let (first, release_first) = latch();
    let (second, release_second) = latch();
    let parent = recorder.tracer().start("process_data");
    let guard = Context::current_with_span(parent).attach();
    // One is being run, one waits in the queue with its carrier.
    pool.send(first).unwrap();
    release_first.wait_until_held();
    pool.send(second).unwrap();
    drop(guard);

    let parent = recorder.only("process_data");
    release_first.release();
    release_second.wait_until_held();
    release_second.release();
    pool.shutdown(Duration::MAX);
    let workers = recorder.named("held");
    assert_eq!(workers.len(), 2);
    for worker in workers {
        Recorder::assert_child(&worker, &parent);
        assert!(worker.end_time >= parent.end_time);
    }
}

#[traced_worker]
fn outer(number: u32) -> u32 {
    // The worker span is current in the worker: what it starts is its child.
    Context::current()
        .span()
        .set_attribute(opentelemetry::KeyValue::new("late", 1));
    number
}

#[test]
fn the_worker_span_is_current_in_the_worker() {
    let recorder = Recorder::new();
    let pool = outer::pool()
        .threads(1)
        .tracer_provider(recorder.provider())
        .start()
        .unwrap();
    pool.dispatch(1).unwrap().wait().unwrap();
    let span = recorder.only("outer");
    assert_eq!(
        traced_worker_tests::attribute(&span, "late"),
        Some(&opentelemetry::Value::I64(1))
    );
}

#[traced_worker]
fn relay(job: (Pool<process>, u32)) -> u32 {
    let (pool, number) = job;
    pool.dispatch(number).unwrap().wait().unwrap()
}

#[test]
fn a_worker_that_dispatches_is_the_parent_of_the_next() {
    let recorder = Recorder::new();
    let inner = process::pool()
        .threads(1)
        .tracer_provider(recorder.provider())
        .start()
        .unwrap();
    let pool = relay::pool()
        .threads(1)
        .tracer_provider(recorder.provider())
        .start()
        .unwrap();
    let mut root = recorder.tracer().start("root");
    let context = Context::new().with_remote_span_context(root.span_context().clone());
    let guard = context.attach();
    assert_eq!(pool.dispatch((inner, 1)).unwrap().wait().unwrap(), 2);
    drop(guard);
    root.end();
    let relay = recorder.only("relay");
    Recorder::assert_child(&relay, &recorder.only("root"));
    Recorder::assert_child(&recorder.only("worker_process"), &relay);
}
