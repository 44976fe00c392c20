//! Every way to dispatch keeps the trace, and waits for room in the queue.

use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, unbounded};

use opentelemetry::Context;
use opentelemetry::trace::{TraceContextExt as _, Tracer as _};
use opentelemetry::{KeyValue, Value};
use pollster::block_on;
use traced_worker::{Pool, Traced, traced_worker};
use traced_worker_tests::{Latch, Recorder, attribute, join, latch, spawn_blocked, wait_until};

#[traced_worker(name = "worker_process")]
fn process(number: u32) -> u32 {
    number + 1
}

/// Expects `messages` worker spans that are children of the span in which `dispatch` is called.
fn assert_one_trace(messages: usize, dispatch: impl FnOnce(&Pool<process>)) {
    let recorder = Recorder::new();
    let pool = process::pool()
        .threads(2)
        .tracer_provider(recorder.provider())
        .start()
        .unwrap();
    recorder
        .tracer()
        .in_span("process_data", |_| dispatch(&pool));
    pool.shutdown(Duration::MAX);
    let parent = recorder.only("process_data");
    let workers = recorder.named("worker_process");
    assert_eq!(workers.len(), messages);
    for worker in workers {
        Recorder::assert_child(&worker, &parent);
    }
    Recorder::assert_root(&parent);
}

#[test]
fn dispatch() {
    assert_one_trace(1, |pool| {
        assert_eq!(pool.dispatch(1).unwrap().wait().unwrap(), 2);
    });
}

#[test]
fn try_dispatch() {
    assert_one_trace(1, |pool| {
        assert_eq!(pool.try_dispatch(1).unwrap().wait().unwrap(), 2);
    });
}

#[test]
fn dispatch_timeout() {
    assert_one_trace(1, |pool| {
        let handle = pool.dispatch_timeout(1, Duration::from_secs(60)).unwrap();
        assert_eq!(handle.wait().unwrap(), 2);
    });
}

#[test]
fn dispatch_async() {
    assert_one_trace(1, |pool| {
        let reply = block_on(async { pool.dispatch_async(1).await.unwrap().await });
        assert_eq!(reply.unwrap(), 2);
    });
}

#[test]
fn send() {
    assert_one_trace(1, |pool| pool.send(1).unwrap());
}

#[test]
fn try_send() {
    assert_one_trace(1, |pool| pool.try_send(1).unwrap());
}

#[test]
fn send_timeout() {
    assert_one_trace(1, |pool| {
        pool.send_timeout(1, Duration::from_secs(60)).unwrap();
    });
}

#[test]
fn send_async() {
    assert_one_trace(1, |pool| block_on(pool.send_async(1)).unwrap());
}

#[test]
fn dispatch_traced() {
    assert_one_trace(1, |pool| {
        let traced = Traced::new(1);
        // What is current at the dispatch does not matter.
        let guard = Context::new().attach();
        let handle = pool.dispatch_traced(traced).unwrap();
        drop(guard);
        assert_eq!(handle.wait().unwrap(), 2);
    });
}

#[test]
fn dispatch_all() {
    assert_one_trace(100, |pool| {
        let handles = pool.dispatch_all(1..=100).unwrap();
        let replies: Vec<u32> = handles.into_iter().map(|it| it.wait().unwrap()).collect();
        assert_eq!(replies, (2..=101).collect::<Vec<_>>());
    });
}

#[test]
fn send_async_injects_the_context_of_the_call_not_of_the_first_poll() {
    let recorder = Recorder::new();
    let pool = recorder.pool(process::pool());
    let send = recorder
        .tracer()
        .in_span("process_data", |_| pool.send_async(1));
    block_on(send).unwrap();
    pool.shutdown(Duration::MAX);
    Recorder::assert_child(
        &recorder.only("worker_process"),
        &recorder.only("process_data"),
    );
}

#[test]
fn dispatch_async_injects_the_context_of_the_call_not_of_the_first_poll() {
    let recorder = Recorder::new();
    let pool = recorder.pool(process::pool());
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

/// Runs `dispatch` on a thread that blocks in it because the queue is full, frees one slot of the
/// four, and expects it to return while the other three stay taken.
fn assert_one_free_slot_is_enough(dispatch: impl FnOnce(&Pool<held>, Latch) + Send) {
    let pool = held::pool().threads(1).queue_capacity(4).start().unwrap();
    let (first, release_first) = latch();
    let (second, release_second) = latch();
    pool.send(first).unwrap();
    release_first.wait_until_held();
    pool.send(second).unwrap();
    // Their releases are dropped, so that they do not hold the worker.
    for _ in 0..3 {
        pool.send(latch().0).unwrap();
    }
    thread::scope(|scope| {
        // Dropped by a failed assertion, before the scope waits for the thread.
        let (release_first, release_second) = (release_first, release_second);
        let dispatcher = spawn_blocked(scope, || dispatch(&pool, latch().0));
        release_first.release();
        // The worker took one message out, and takes no other one while this one holds it.
        release_second.wait_until_held();
        join(dispatcher);
        assert_eq!(pool.stats().queued, 4);
        release_second.release();
    });
    assert_eq!(pool.shutdown(Duration::MAX).completed, 6);
}

#[test]
fn a_blocked_send_needs_one_free_slot() {
    assert_one_free_slot_is_enough(|pool, latch| pool.send(latch).unwrap());
}

#[test]
fn a_blocked_send_timeout_needs_one_free_slot() {
    assert_one_free_slot_is_enough(|pool, latch| {
        pool.send_timeout(latch, Duration::from_secs(3600)).unwrap();
    });
}

#[test]
fn a_pending_send_async_needs_one_free_slot() {
    assert_one_free_slot_is_enough(|pool, latch| block_on(pool.send_async(latch)).unwrap());
}

#[test]
fn a_blocked_dispatch_traced_needs_one_free_slot() {
    assert_one_free_slot_is_enough(|pool, latch| {
        drop(pool.dispatch_traced(Traced::new(latch)).unwrap());
    });
}

#[test]
fn a_blocked_dispatch_needs_one_free_slot() {
    assert_one_free_slot_is_enough(|pool, latch| drop(pool.dispatch(latch).unwrap()));
}

#[test]
fn a_blocked_dispatch_timeout_needs_one_free_slot() {
    assert_one_free_slot_is_enough(|pool, latch| {
        drop(
            pool.dispatch_timeout(latch, Duration::from_secs(3600))
                .unwrap(),
        );
    });
}

#[test]
fn a_blocked_dispatch_all_needs_one_free_slot() {
    assert_one_free_slot_is_enough(|pool, latch| {
        assert_eq!(pool.dispatch_all([latch]).unwrap().len(), 1);
    });
}

#[test]
fn a_pending_dispatch_async_needs_one_free_slot() {
    assert_one_free_slot_is_enough(|pool, latch| {
        drop(block_on(pool.dispatch_async(latch)).unwrap());
    });
}

/// Returns once it has received a permit, or no more can come.
#[traced_worker]
fn wait_for_permit(permits: Receiver<()>) {
    let _ = permits.recv();
}

#[test]
fn each_free_slot_unblocks_one_dispatcher() {
    const DISPATCHERS: usize = 4;

    let pool = wait_for_permit::pool()
        .threads(1)
        .queue_capacity(1)
        .start()
        .unwrap();
    let (sender, permits) = unbounded();
    pool.send(permits.clone()).unwrap();
    wait_until(|| pool.stats().running == 1);
    pool.send(permits.clone()).unwrap();
    thread::scope(|scope| {
        // Dropped by a failed assertion, before the scope waits for the threads.
        let sender = sender;
        let send = || pool.send(permits.clone());
        let dispatchers = [(); DISPATCHERS].map(|()| spawn_blocked(scope, send));
        let unblocked = || dispatchers.iter().filter(|it| it.is_finished()).count();
        for number in 1..=DISPATCHERS {
            sender.send(()).unwrap();
            wait_until(|| unblocked() >= number);
            assert_eq!((unblocked(), pool.stats().queued), (number, 1));
        }
        for dispatcher in dispatchers {
            join(dispatcher).unwrap();
        }
    });
    assert_eq!(pool.shutdown(Duration::MAX).completed, 6);
}

#[test]
fn a_message_does_not_keep_its_dispatch_span_open() {
    let recorder = Recorder::new();
    let pool = recorder.pool(held::pool());
    let (first, release_first) = latch();
    let (second, release_second) = latch();
    let parent = recorder.tracer().start("process_data");
    let guard = Context::current_with_span(parent).attach();
    // One runs, one is in the queue with its carrier.
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
    Context::current()
        .span()
        .set_attribute(KeyValue::new("set_by", "the body"));
    number
}

#[test]
fn the_worker_span_is_current_in_the_worker() {
    let recorder = Recorder::new();
    let pool = recorder.pool(outer::pool());
    pool.dispatch(1).unwrap().wait().unwrap();
    let span = recorder.only("outer");
    assert_eq!(attribute(&span, "set_by"), Some(&Value::from("the body")));
}

#[traced_worker]
fn relay(job: (Pool<process>, u32)) -> u32 {
    let (pool, number) = job;
    pool.dispatch(number).unwrap().wait().unwrap()
}

#[test]
fn a_worker_span_is_the_dispatch_span_of_what_its_worker_dispatches() {
    let recorder = Recorder::new();
    let inner = recorder.pool(process::pool());
    let pool = recorder.pool(relay::pool());
    recorder.tracer().in_span("root", |_| {
        assert_eq!(pool.dispatch((inner, 1)).unwrap().wait().unwrap(), 2);
    });
    let relay = recorder.only("relay");
    Recorder::assert_child(&relay, &recorder.only("root"));
    Recorder::assert_child(&recorder.only("worker_process"), &relay);
}
