//! The warning of a wait that blocks a task: once in a process.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use traced_worker::{Pool, traced_worker};
use traced_worker_tests::{HANGS, Latch};
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
    if std::env::var_os(CASE).is_some() {
        return;
    }
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

/// The variable that names the case for a child process: each has its own first warning.
const CASE: &str = "TRACED_WORKER_TEST_CASE";

/// Blocks the calling thread, in a call to a pool of one thread and one place that runs a message
/// until it is released.
type Block = fn(pool: &Pool<hold>);

const CASES: [(&str, Block); 9] = [
    ("wait", |pool| {
        pool.dispatch(released()).unwrap().wait().unwrap();
    }),
    ("wait_timeout", |pool| {
        let handle = pool.dispatch(released()).unwrap();
        assert!(handle.wait_timeout(HANGS).is_ok());
    }),
    ("call", |pool| {
        pool.call(released()).unwrap();
    }),
    ("call_timeout", |pool| {
        let message = released();
        pool.call_timeout(message, HANGS).unwrap();
    }),
    ("dispatch", |pool| {
        pool.send(released()).unwrap();
        drop(pool.dispatch(released()).unwrap());
    }),
    ("send", |pool| {
        pool.send(released()).unwrap();
        pool.send(released()).unwrap();
    }),
    ("send_timeout", |pool| {
        pool.send(released()).unwrap();
        let message = released();
        pool.send_timeout(message, HANGS).unwrap();
    }),
    ("dispatch_all", |pool| {
        let messages = [(); 3].map(|()| released());
        pool.dispatch_all(messages).unwrap();
    }),
    ("shutdown", |pool| {
        pool.shutdown(HANGS);
    }),
];

/// Returns a message that does not hold its worker.
fn released() -> Latch {
    traced_worker_tests::latch().0
}

#[test]
fn each_call_that_blocks_a_task_warns() {
    let Some(case) = std::env::var_os(CASE) else {
        for (name, _) in CASES {
            let child = Command::new(std::env::current_exe().unwrap())
                .args(["each_call_that_blocks_a_task_warns", "--exact"])
                .env(CASE, name)
                .output()
                .unwrap();
            let text = String::from_utf8_lossy(&child.stdout);
            assert!(child.status.success(), "{name}: {text}");
        }
        return;
    };
    let (_, block) = CASES.into_iter().find(|(name, _)| case == *name).unwrap();
    tracing::subscriber::set_global_default(Log).unwrap();
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder.worker_threads(1).build().unwrap();
    let pool = hold::pool().threads(1).queue_capacity(1).start().unwrap();
    let (latch, release) = traced_worker_tests::latch();
    pool.send(latch).unwrap();
    release.wait_until_held();
    assert_eq!(WARNINGS.load(Ordering::SeqCst), 0);
    let task = async move {
        let probe = traced_worker_tests::ThreadProbe::current();
        let releasing = std::thread::spawn(move || {
            probe.wait_until_blocked();
            release.release();
        });
        block(&pool);
        releasing.join().unwrap();
    };
    runtime.block_on(runtime.spawn(task)).unwrap();
    assert_eq!(WARNINGS.load(Ordering::SeqCst), 1);
}
