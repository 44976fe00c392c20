//! A provider that is installed, or replaced, after the pool was started is used.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use opentelemetry::global;
use traced_worker::{Pool, traced_worker};
use traced_worker_tests::{Latch, Recorder, ThreadProbe, latch};

#[traced_worker]
fn work(latch: Option<Latch>) -> ThreadProbe {
    if let Some(latch) = latch {
        latch.hold();
    }
    ThreadProbe::current()
}

/// Returns when the worker has run a message, and its thread waits for the next one.
fn run_and_wait_until_idle(pool: &Pool<work>) {
    let thread = pool.dispatch(None).unwrap().wait().unwrap();
    thread.wait_until_blocked();
}

#[test]
fn the_current_global_provider_is_used() {
    let pool = work::pool()
        .threads(1)
        .queue_capacity(2048)
        .start()
        .unwrap();
    run_and_wait_until_idle(&pool);

    let first = Recorder::new();
    global::set_tracer_provider(first.provider().clone());
    run_and_wait_until_idle(&pool);
    assert_eq!(first.spans().len(), 1, "installed after the start");

    let second = Recorder::new();
    global::set_tracer_provider(second.provider().clone());
    run_and_wait_until_idle(&pool);
    assert_eq!(second.spans().len(), 1, "replaced while the thread is idle");
    assert_eq!(first.spans().len(), 1);

    // Between messages that are all queued, a provider that is shut down is noticed at once.
    let (hold, release) = latch();
    pool.send(Some(hold)).unwrap();
    release.wait_until_held();
    for _ in 0..10 {
        pool.send(None).unwrap();
    }
    let third = Recorder::new();
    global::set_tracer_provider(third.provider().clone());
    second.provider().shutdown().unwrap();
    release.release();
    run_and_wait_until_idle(&pool);
    let after_ten = third.spans().len();
    assert_eq!(after_ten, 11, "replaced while the thread is busy");

    // One that is not shut down is noticed after a number of messages.
    let (hold, release) = latch();
    pool.send(Some(hold)).unwrap();
    release.wait_until_held();
    for _ in 0..1_500 {
        pool.send(None).unwrap();
    }
    let fourth = Recorder::new();
    global::set_tracer_provider(fourth.provider().clone());
    release.release();
    pool.shutdown(Duration::MAX);
    let of_fourth = fourth.spans().len();
    assert!(of_fourth > 400, "{of_fourth} spans after it was installed");
    assert_eq!(third.spans().len() - after_ten + of_fourth, 1_501);
}
