//! The warning of a wait that blocks a task: once in a process.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::atomic::{AtomicUsize, Ordering};

use traced_worker::{Pool, traced_worker};
use traced_worker_tests::Latch;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

static WARNINGS: AtomicUsize = AtomicUsize::new(0);

/// A subscriber that counts one event.
struct Log;

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.name() == "Pool.BlockedTask"
    }

    fn event(&self, _: &Event<'_>) {
        WARNINGS.fetch_add(1, Ordering::SeqCst);
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[traced_worker]
fn hold(latch: Latch) {
    latch.hold();
}

/// Waits for a job that ends only after the wait has blocked the thread.
fn block(pool: &Pool<hold>) {
    let (latch, release) = traced_worker_tests::latch();
    let handle = pool.dispatch(latch).unwrap();
    let probe = traced_worker_tests::ThreadProbe::current();
    let releasing = std::thread::spawn(move || {
        release.wait_until_held();
        probe.wait_until_blocked();
        release.release();
    });
    handle.wait().unwrap();
    releasing.join().unwrap();
}

#[test]
fn a_task_that_is_blocked_is_warned_of_once() {
    tracing::subscriber::set_global_default(Log).unwrap();
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder.worker_threads(2).build().unwrap();
    let pool = hold::pool().threads(1).start().unwrap();
    let warnings = || WARNINGS.load(Ordering::SeqCst);
    let blocking = {
        let pool = pool.clone();
        move || block(&pool)
    };
    // Where blocking is right.
    blocking();
    runtime.block_on(async {
        tokio::task::spawn_blocking(blocking.clone()).await.unwrap();
        let blocking = blocking.clone();
        let task = tokio::spawn(async move { tokio::task::block_in_place(blocking) });
        task.await.unwrap();
    });
    assert_eq!(warnings(), 0);
    runtime.block_on(async {
        for _ in 0..2 {
            let blocking = blocking.clone();
            tokio::spawn(async move { blocking() }).await.unwrap();
        }
    });
    assert_eq!(warnings(), 1);
}
