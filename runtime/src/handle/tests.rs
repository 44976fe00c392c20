//! Races for the slot between a handle and its reply. They are small, so that Miri can try each with
//! many schedules.

use super::*;
use crate::error::Panic;

const POOL: PoolId = PoolId(0);

/// A result that Miri sees leak.
type Output = Box<u32>;

/// Runs `left` and `right` at the same time, and returns what `right` returns.
fn race<T>(left: impl FnOnce() + Send, right: impl FnOnce() -> T) -> T {
    thread::scope(|scope| {
        scope.spawn(left);
        right()
    })
}

/// Does what a thread of a pool does with a job.
fn run(reply: Reply<Output>) {
    if reply.begin() {
        reply.send(Ok(Box::new(7)));
    } else {
        reply.send(Err(JobError::Cancelled));
    }
}

fn unpark() -> Waker {
    Waker::from(Arc::new(Unpark(thread::current())))
}

/// Polls with `waker` until the handle completes, and blocks between.
fn block_on(mut handle: JoinHandle<Output>, waker: &Waker) -> Result<Output, JobError> {
    let mut context = Context::from_waker(waker);
    loop {
        match Pin::new(&mut handle).poll(&mut context) {
            Poll::Ready(result) => return result,
            Poll::Pending => thread::park(),
        }
    }
}

#[test]
fn a_reply_ends_a_wait() {
    let (reply, handle) = channel(POOL, false);
    let result = race(|| run(reply), || handle.wait());
    assert_eq!(*result.expect("it ran"), 7);
}

#[test]
fn a_reply_ends_a_wait_with_a_timeout() {
    let (reply, handle) = channel(POOL, false);
    let result = race(|| run(reply), || handle.wait_timeout(Duration::MAX));
    let result = result.expect("the timeout is never over");
    assert_eq!(*result.expect("it ran"), 7);
}

#[test]
fn a_wait_that_timed_out_is_followed_by_another() {
    let (reply, handle) = channel(POOL, false);
    let result = race(
        || run(reply),
        || match handle.wait_timeout(Duration::ZERO) {
            Ok(result) => result,
            Err(handle) => handle.wait(),
        },
    );
    assert_eq!(*result.expect("it ran"), 7);
}

#[test]
fn a_reply_wakes_a_task() {
    let (reply, handle) = channel(POOL, false);
    let result = race(|| run(reply), || block_on(handle, &unpark()));
    assert_eq!(*result.expect("it ran"), 7);
}

#[test]
fn a_reply_wakes_the_last_waker() {
    let (reply, mut handle) = channel(POOL, false);
    let result = race(
        || run(reply),
        || match Pin::new(&mut handle).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(result) => result,
            Poll::Pending => block_on(handle, &unpark()),
        },
    );
    assert_eq!(*result.expect("it ran"), 7);
}

#[test]
fn a_job_is_either_run_or_cancelled() {
    let (reply, handle) = channel(POOL, false);
    let cancelled = race(|| run(reply), || handle.cancel());
    match handle.wait() {
        Ok(output) => assert_eq!((*output, cancelled), (7, false)),
        Err(error) => assert!(error.is_cancelled() && cancelled),
    }
}

#[test]
fn a_cancelled_handle_is_waited_for_beside_its_reply() {
    let (reply, handle) = channel(POOL, false);
    let (cancelled, result) = race(|| run(reply), || (handle.cancel(), handle.wait()));
    assert_eq!(result.is_err(), cancelled);
}

#[test]
fn a_cancellation_wakes_a_task() {
    let (reply, mut handle) = channel::<Output>(POOL, false);
    let waker = unpark();
    let mut context = Context::from_waker(&waker);
    assert!(Pin::new(&mut handle).poll(&mut context).is_pending());
    race(
        || assert!(handle.cancel()),
        || {
            while !handle.is_finished() {
                thread::park();
            }
        },
    );
    assert!(handle.wait().expect_err("cancelled").is_cancelled());
    drop(reply);
}

#[test]
fn a_reply_that_is_dropped_abandons_the_job() {
    let (reply, handle) = channel::<Output>(POOL, false);
    let result = race(|| drop(reply), || handle.wait());
    assert!(result.expect_err("it did not run").is_abandoned());
}

#[test]
fn a_handle_may_be_dropped_beside_its_reply() {
    let (reply, mut handle) = channel(POOL, false);
    let poll = Pin::new(&mut handle).poll(&mut Context::from_waker(&unpark()));
    assert!(poll.is_pending());
    race(|| run(reply), || drop(handle));
}

#[test]
fn an_error_is_handed_over() {
    let (reply, handle) = channel::<Output>(POOL, false);
    let panic = Panic::new(Box::new("deliberate"));
    let result = race(
        || {
            assert!(reply.begin());
            reply.send(Err(JobError::Panicked(panic)));
        },
        || handle.wait(),
    );
    assert!(result.expect_err("a panic").is_panic());
}

#[test]
fn a_reply_that_was_sent_is_not_replaced_when_it_is_dropped() {
    let (reply, handle) = channel(POOL, false);
    assert!(reply.begin());
    reply.send(Ok(7));
    assert!(matches!(handle.wait(), Ok(7)));
}
