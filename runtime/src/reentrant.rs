//! Waits of a pool's thread for its own pool.
//!
//! A worker that waits for a reply of its own pool, or for a place in its own queue, may wait for
//! itself. The thread then runs queued messages while it waits; if it cannot, the wait is an error.

#[cfg(feature = "tokio")]
mod task;

use std::cell::RefCell;
use std::rc::Rc;
use std::task::Waker;

use crate::sync::{Instant, thread_local};

#[cfg(feature = "tokio")]
pub(crate) use task::{CurrentJob, JobWaits, OwnPoolWait, enter as enter_job};

/// The most messages that a thread runs inside of each other. Each takes stack.
pub(crate) const MAX_DEPTH: usize = 64;

/// The identity of a pool: the address of what its threads share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PoolId(pub(crate) usize);

/// A wait that would be for ever: the thread cannot run the messages that it waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WouldDeadlock;

/// The thread of a pool, as code that waits on it sees it.
pub(crate) trait PoolThread {
    fn pool(&self) -> PoolId;

    /// Returns a waker that ends a wait in [`run_until`](Self::run_until).
    fn waker(&self) -> Waker;

    /// Runs queued messages, and sleeps while there are none, until `is_done`, or until `deadline`.
    /// Returns an error if the thread cannot run messages now.
    fn run_until(
        &self,
        is_done: &dyn Fn() -> bool,
        deadline: Option<Instant>,
    ) -> Result<(), WouldDeadlock>;

    /// Runs a queued message, if there is one. Returns an error if the thread cannot run messages now.
    fn run_one(&self) -> Result<(), WouldDeadlock>;
}

thread_local! {
    static CURRENT: RefCell<Option<Rc<dyn PoolThread>>> = const { RefCell::new(None) };
}

/// Makes the calling thread a thread of a pool, until it ends.
pub(crate) fn enter(thread: Rc<dyn PoolThread>) {
    let _ = CURRENT.try_with(|current| current.replace(Some(thread)));
}

/// Makes the calling thread an ordinary thread again.
pub(crate) fn leave() {
    let left = CURRENT.try_with(RefCell::take);
    drop(left);
}

/// Returns the calling thread if it is a thread of `pool`.
pub(crate) fn current(pool: PoolId) -> Option<Rc<dyn PoolThread>> {
    CURRENT
        .try_with(|current| {
            let current = current.borrow();
            current.as_ref().filter(|it| it.pool() == pool).cloned()
        })
        .ok()
        .flatten()
}
