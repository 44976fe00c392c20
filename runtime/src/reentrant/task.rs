//! Waits of a pool's task for its own pool.
//!
//! A job that awaits a reply of its own pool, or a place in its own queue, may wait for itself. So its
//! task runs other messages beside it while it waits. A wait that cannot be seen, because it blocks
//! the thread, cannot be helped.

use std::cell::RefCell;
use std::mem;
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

/// The job whose future is polled.
#[derive(Debug)]
struct CurrentJob {
    pool: PoolId,
    waits: JobWaits,
    /// `true` if its task runs no other message while the job waits.
    is_last: bool,
}

thread_local! {
    static CURRENT: RefCell<Option<CurrentJob>> = const { RefCell::new(None) };
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
        outer: Option<CurrentJob>,
        waits: &'a mut JobWaits,
    }
    impl Drop for Entered<'_> {
        fn drop(&mut self) {
            let job = CURRENT.try_with(|current| current.replace(self.outer.take()));
            if let Ok(Some(job)) = job {
                *self.waits = job.waits;
            }
        }
    }
    let job = CurrentJob {
        pool,
        waits: mem::take(waits),
        is_last,
    };
    let outer = CURRENT.try_with(|current| current.replace(Some(job)));
    let _entered = Entered {
        outer: outer.ok().flatten(),
        waits,
    };
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
        let waits = CURRENT.try_with(|current| match &mut *current.borrow_mut() {
            Some(job) if job.pool == pool && job.is_last => Err(WouldDeadlock),
            Some(job) if job.pool == pool => {
                let waits = job.waits.0.get_or_insert_default();
                Ok(Some(Arc::clone(waits)))
            }
            _ => Ok(None),
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
