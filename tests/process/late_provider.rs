//! A provider that is installed, or replaced, after the pool was started is used.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use opentelemetry::global;
use traced_worker::{Pool, traced_worker};
use traced_worker_tests::{Latch, Recorder, latch};

#[traced_worker]
fn work(latch: Option<Latch>) {
    if let Some(latch) = latch {
        latch.hold();
    }
}

fn dispatch(pool: &Pool<work>) {
    pool.dispatch(None).unwrap().wait().unwrap();
}

#[test]
fn the_provider_of_the_moment_is_used() {
    let pool = work::pool().threads(1).queue(2048).start().unwrap();
    dispatch(&pool);

    let first = Recorder::new();
    global::set_tracer_provider(first.provider().clone());
    dispatch(&pool);
    assert_eq!(first.spans().len(), 1, "installed after the start");

    let second = Recorder::new();
    global::set_tracer_provider(second.provider().clone());
    // The thread may have looked for work before the provider was replaced: held and let go, it
    // has rested since.
    dispatch(&pool);
    dispatch(&pool);
    assert!(!second.spans().is_empty(), "replaced");
    assert!(first.spans().len() <= 2);

    // In a burst, with no rest in between, a provider that was shut down is noticed at once.
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
    pool.shutdown(Duration::MAX);
    assert_eq!(third.spans().len(), 10, "replaced in a burst");
}
