//! Waits of a pool's thread for its own pool, or of a shared thread for a pool that it serves.
//!
//! A worker that waits for a reply of its own pool, or for a place in its own queue, may wait for
//! itself; so may one that waits for another pool on the same threads. The thread then runs queued
//! messages while it waits; if it cannot, the wait is an error.

#[cfg(feature = "tokio")]
mod task;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::Waker;

use crate::sync::{Instant, thread_local};

#[cfg(feature = "tokio")]
pub(crate) use task::{JobWaits, OwnPoolWait, enter as enter_job};

/// The most messages that a thread runs inside of each other. Each takes stack.
pub(crate) const MAX_DEPTH: usize = 64;

/// The identity of a pool: the address of what its threads share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PoolId(pub(crate) usize);

/// A wait that would be for ever: the thread cannot run the messages that it waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WouldDeadlock;

/// The thread of a pool, as code that waits on it sees it.
pub(crate) trait PoolThread {
    /// Returns `true` if the thread runs messages of `pool`.
    fn serves(&self, pool: PoolId) -> bool;

    /// Returns a waker that ends a wait in [`run_until`](Self::run_until).
    fn waker(&self) -> Waker;

    /// Returns the number of workers of `pool` whose messages this thread runs now.
    fn workers_of(&self, pool: PoolId) -> usize;

    /// Runs queued messages, and sleeps while there are none, until the wait is done, or its deadline
    /// passes. Returns an error if the thread cannot run messages of the pool that is waited for.
    fn run_until(&self, wait: &OwnWait<'_>) -> Result<(), WouldDeadlock>;
}

/// A wait of a pool's thread for a job or a place of a pool that it serves.
pub(crate) struct OwnWait<'a> {
    pub(crate) pool: PoolId,
    pub(crate) is_done: &'a dyn Fn() -> bool,
    /// Called before each message that is run meanwhile, after it was taken out of its queue.
    pub(crate) before_run: &'a dyn Fn(),
    pub(crate) deadline: Option<Instant>,
    /// On shared threads: whether a message of another worker comes before those of the workers that
    /// wait. They alternate, so that neither kind waits for the end of the other one's queue.
    pub(crate) others_first: Cell<bool>,
}

impl<'a> OwnWait<'a> {
    pub(crate) fn new(
        pool: PoolId,
        is_done: &'a dyn Fn() -> bool,
        deadline: Option<Instant>,
    ) -> Self {
        Self {
            pool,
            is_done,
            before_run: &|| (),
            deadline,
            others_first: Cell::new(false),
        }
    }

    /// Returns `true` once the wait is done, or its deadline has passed.
    pub(crate) fn is_over(&self) -> bool {
        (self.is_done)() || self.has_timed_out()
    }

    pub(crate) fn has_timed_out(&self) -> bool {
        self.deadline
            .is_some_and(|deadline| deadline <= Instant::now())
    }
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
            current.as_ref().filter(|it| it.serves(pool)).cloned()
        })
        .ok()
        .flatten()
}
