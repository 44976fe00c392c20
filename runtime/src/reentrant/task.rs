//! Waits of a pool's task for its own pool.
//!
//! A job that awaits a reply of its own pool, or a place in its own queue, may wait for itself. So its
//! task runs other messages beside it while it waits. A wait that cannot be seen, because it blocks
//! the thread, cannot be helped.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{PoolId, WouldDeadlock};

/// The number of waits of one job for its own pool.
///
/// Allocated by the first of them, because most jobs have none.
#[derive(Debug, Default)]
pub(crate) struct JobWaits(Option<Arc<AtomicUsize>>);

impl JobWaits {
    pub(crate) fn is_waiting(&self) -> bool {
        let number = self.0.as_ref();
        number.is_some_and(|number| number.load(Ordering::Relaxed) > 0)
    }
}

/// The job whose future is polled on a thread.
///
/// A cell for each field, which is written and read as it is: a reader of all at once would wait until
/// the single writes are through.
struct CurrentJob {
    /// `None` if there is no job.
    pool: Cell<Option<PoolId>>,
    /// `true` if its task runs no other message while the job waits.
    is_last: Cell<bool>,
    waits: Cell<Option<Arc<AtomicUsize>>>,
}

thread_local! {
    static CURRENT: CurrentJob = const {
        CurrentJob {
            pool: Cell::new(None),
            is_last: Cell::new(false),
            waits: Cell::new(None),
        }
    };
}

/// Calls `poll`, which polls the future of a job of `pool`, and counts the waits that it begins in
/// `waits`. They are errors if its task `is_last` to run messages meanwhile.
pub(crate) fn enter<R>(
    pool: PoolId,
    waits: &mut JobWaits,
    is_last: bool,
    poll: impl FnOnce() -> R,
) -> R {
    /// Restores the outer job, of a runtime that is blocked on inside of the outer one's poll.
    struct Entered<'a> {
        outer: (Option<PoolId>, bool, Option<Arc<AtomicUsize>>),
        waits: &'a mut JobWaits,
    }
    impl Drop for Entered<'_> {
        fn drop(&mut self) {
            let _ = CURRENT.try_with(|current| {
                current.pool.set(self.outer.0);
                current.is_last.set(self.outer.1);
                self.waits.0 = current.waits.replace(self.outer.2.take());
            });
        }
    }
    let outer = CURRENT.try_with(|current| {
        (
            current.pool.replace(Some(pool)),
            current.is_last.replace(is_last),
            current.waits.replace(waits.0.take()),
        )
    });
    let _entered = outer.ok().map(|outer| Entered { outer, waits });
    poll()
}

/// A wait of a job for its own pool, from the first poll that finds it pending. Dropping it ends it.
#[derive(Debug, Default)]
pub(crate) struct OwnPoolWait(Option<Arc<AtomicUsize>>);

impl OwnPoolWait {
    /// Begins the wait, if the job that is polled is one of `pool`. Returns an error if its task
    /// cannot run the message that it waits for.
    pub(crate) fn begin(&mut self, pool: PoolId) -> Result<(), WouldDeadlock> {
        if self.0.is_some() {
            return Ok(());
        }
        let waits = CURRENT.try_with(|current| {
            if current.pool.get() != Some(pool) {
                return Ok(None);
            }
            if current.is_last.get() {
                return Err(WouldDeadlock);
            }
            let waits = current.waits.take().unwrap_or_default();
            current.waits.set(Some(Arc::clone(&waits)));
            Ok(Some(waits))
        });
        self.0 = waits.unwrap_or(Ok(None))?;
        if let Some(waits) = &self.0 {
            waits.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Ends the wait.
    pub(crate) fn end(&mut self) {
        if let Some(waits) = self.0.take() {
            waits.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl Drop for OwnPoolWait {
    fn drop(&mut self) {
        self.end();
    }
}
