//! Handles: dropped, waited for, awaited, abandoned.

use std::future::Future as _;
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

use pollster::block_on;
use traced_worker::{JobError, traced_worker};
use traced_worker_tests::{Latch, latch};

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
fn wait_timeout_gives_the_handle_back() {
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
fn is_finished_tells_that_wait_would_not_wait() {
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

#[test]
fn an_abandoned_job_says_so_however_it_is_waited_for() {
    let pool = hold::pool().threads(1).queue(8).start().unwrap();
    let (first, release) = latch();
    pool.send(first).unwrap();
    release.wait_until_held();
    let mut handles: Vec<_> = (0..3).map(|_| pool.dispatch(latch().0).unwrap()).collect();
    let report = pool.shutdown(Duration::ZERO);
    assert_eq!((report.abandoned, report.running), (3, 1));
    let abandoned = |result| matches!(result, Err(JobError::Abandoned));
    assert!(abandoned(handles.pop().unwrap().wait()));
    assert!(abandoned(
        handles.pop().unwrap().wait_timeout(Duration::MAX).unwrap()
    ));
    assert!(abandoned(block_on(handles.pop().unwrap())));
    release.release();
}
