//! The shutdown of a pool of tasks.

use std::time::Duration;

use traced_worker::{DispatchError, Shutdown, traced_worker};
use traced_worker_tests::{HANGS, Recorder, attribute};

use crate::support::{DropGuard, Drops, Gate, Yields, multi_thread, on_each_runtime, pool};

#[traced_worker]
async fn double(number: u64) -> u64 {
    Yields(3).await;
    number * 2
}

#[test]
fn a_shutdown_runs_what_was_accepted() {
    on_each_runtime(|runtime| {
        let recorder = Recorder::new();
        let pool = pool(&recorder, runtime, double::pool());
        let handles = pool.dispatch_all(0..50).unwrap();
        let shutdown = Shutdown::builder().timeout(HANGS).pool(&pool).build();
        let report = runtime.block_on(shutdown.run_async());
        assert_eq!((report.jobs.completed, report.is_clean()), (50, true));
        assert!(matches!(pool.send(1), Err(DispatchError::Closed(1))));
        for (number, handle) in (0..).zip(handles) {
            assert_eq!(handle.wait().unwrap(), number * 2);
        }
        assert_eq!(recorder.named("double").len(), 50);
    });
}

#[traced_worker]
async fn hold(message: (DropGuard, Gate)) {
    let (_held, gate) = message;
    gate.await;
}

#[test]
fn a_shutdown_that_times_out_drops_what_runs() {
    let runtime = multi_thread(2);
    let recorder = Recorder::new();
    let pool = pool(&recorder, &runtime, hold::pool().concurrency(1));
    let (gate, drops) = (Gate::default(), Drops::default());
    let message = || (drops.guard(), gate.clone());
    let handles: Vec<_> = (0..3).map(|_| pool.dispatch(message()).unwrap()).collect();
    runtime.block_on(gate.wait_for(1));
    let report = pool.shutdown(Duration::from_millis(200));
    assert_eq!((report.abandoned, report.running), (3, 0), "{report}");
    for handle in handles {
        assert!(handle.wait().unwrap_err().is_abandoned());
    }
    assert_eq!(drops.get(), 3);
    let spans = recorder.named("hold");
    assert_eq!(spans.len(), 3);
    for span in spans {
        assert_eq!(attribute(&span, "error.type"), Some(&"abandoned".into()));
    }
}

/// A future between two await points cannot be dropped, and is reported.
#[traced_worker]
async fn hang(latch: traced_worker_tests::Latch) {
    latch.hold();
    Yields(1).await;
}

#[test]
fn a_future_that_blocks_is_reported_as_running() {
    let runtime = multi_thread(1);
    let recorder = Recorder::new();
    let pool = pool(&recorder, &runtime, hang::pool());
    let (latch, release) = traced_worker_tests::latch();
    let handle = pool.dispatch(latch).unwrap();
    release.wait_until_held();
    let report = pool.shutdown(Duration::from_millis(100));
    assert_eq!((report.running, report.abandoned), (1, 0), "{report}");
    release.release();
    // It is dropped at its await point.
    assert!(handle.wait().unwrap_err().is_abandoned());
    assert_eq!(pool.stats().abandoned, 1);
    assert_eq!(recorder.named("hang").len(), 1);
}
