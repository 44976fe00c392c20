//! Handles: dropped, waited for, awaited, abandoned.

use std::future::Future as _;
use std::pin::pin;
use std::task::{Context, Waker};
use std::thread;
use std::time::Duration;

use pollster::block_on;
use traced_worker::{JobError, JoinHandle, traced_worker};
use traced_worker_tests::{Latch, join, latch, spawn_blocked, wait_until};

#[traced_worker]
fn hold(latch: Latch) -> &'static str {
    latch.hold();
    "done"
}

#[test]
fn a_dropped_handle_does_not_cancel() {
    let pool = hold::pool().threads(1).start().unwrap();
    let (latch, release) = latch();
    drop(pool.dispatch(latch).unwrap());
    release.wait_until_held();
    release.release();
    assert_eq!(pool.shutdown(Duration::MAX).completed, 1);
}

#[test]
fn wait_timeout_returns_the_handle_at_the_timeout() {
    let pool = hold::pool().threads(1).start().unwrap();
    let (latch, release) = latch();
    let handle = pool.dispatch(latch).unwrap();
    release.wait_until_held();
    let handle = handle.wait_timeout(Duration::from_millis(1)).unwrap_err();
    assert!(!handle.is_finished());
    release.release();
    assert_eq!(handle.wait_timeout(Duration::MAX).unwrap().unwrap(), "done");
}

#[test]
fn a_handle_that_was_polled_can_still_be_waited_for() {
    let pool = hold::pool().threads(1).start().unwrap();
    let (latch, release) = latch();
    let mut handle = pool.dispatch(latch).unwrap();
    release.wait_until_held();
    let mut context = Context::from_waker(Waker::noop());
    assert!(pin!(&mut handle).poll(&mut context).is_pending());
    let handle = handle.wait_timeout(Duration::from_millis(1)).unwrap_err();
    release.release();
    assert_eq!(handle.wait().unwrap(), "done");
}

#[test]
fn a_handle_is_a_future() {
    let pool = hold::pool().threads(1).start().unwrap();
    let (latch, release) = latch();
    let handle = pool.dispatch(latch).unwrap();
    release.wait_until_held();
    release.release();
    assert_eq!(block_on(handle).unwrap(), "done");
}

#[test]
fn is_finished_means_that_wait_does_not_block() {
    let pool = hold::pool().threads(1).start().unwrap();
    let (latch, release) = latch();
    let handle = pool.dispatch(latch).unwrap();
    release.wait_until_held();
    assert!(!handle.is_finished());
    release.release();
    pool.shutdown(Duration::MAX);
    assert!(handle.is_finished());
    assert_eq!(handle.wait().unwrap(), "done");
}

type Wait = fn(JoinHandle<&'static str>) -> Result<&'static str, JobError>;

/// Every way to wait for a handle.
const WAYS: [Wait; 3] = [
    |handle| handle.wait(),
    |handle| handle.wait_timeout(Duration::MAX).unwrap(),
    |handle| block_on(handle),
];

#[test]
fn the_reply_wakes_whoever_waits_for_it() {
    let pool = hold::pool().threads(1).start().unwrap();
    for wait in WAYS {
        let (latch, release) = latch();
        let handle = pool.dispatch(latch).unwrap();
        thread::scope(|scope| {
            let waiting = spawn_blocked(scope, || wait(handle));
            release.release();
            assert_eq!(join(waiting).unwrap(), "done");
        });
    }
}

#[test]
fn an_abandoned_job_wakes_whoever_waits_for_it_with_an_error() {
    let pool = hold::pool().threads(1).queue_capacity(8).start().unwrap();
    let (first, release) = latch();
    pool.send(first).unwrap();
    release.wait_until_held();
    thread::scope(|scope| {
        // Dropped by a failed assertion, before the scope waits for the threads.
        let release = release;
        let waiting = WAYS.map(|wait| {
            let handle = pool.dispatch(latch().0).unwrap();
            spawn_blocked(scope, move || wait(handle))
        });
        let late = WAYS.map(|wait| (wait, pool.dispatch(latch().0).unwrap()));
        let report = pool.shutdown(Duration::ZERO);
        assert_eq!((report.abandoned, report.running), (6, 1));
        for thread in waiting {
            let result = join(thread);
            assert!(matches!(result, Err(JobError::Abandoned)));
        }
        for (wait, handle) in late {
            wait_until(|| handle.is_finished());
            assert!(matches!(wait(handle), Err(JobError::Abandoned)));
        }
        drop(release);
    });
}
