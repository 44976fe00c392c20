//! Waits of a pool's task for its own pool.
//!
//! A job that awaits a reply of its own pool, or a place in its own queue, may wait for itself. So its
//! task runs other messages beside it while it waits. A wait that cannot be seen, because it blocks
//! the thread, cannot be helped.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{PoolId, WouldDeadlock};

/// The number of waits of one job for its own pool.
#[derive(Clone, Debug, Default)]
pub(crate) struct JobWaits(Arc<AtomicUsize>);

impl JobWaits {
    pub(crate) fn is_waiting(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 0
    }
}

/// The job whose future is polled.
#[derive(Debug)]
pub(crate) struct CurrentJob {
    pub(crate) pool: PoolId,
    pub(crate) waits: JobWaits,
    /// `true` if its task runs no other message while the job waits.
    pub(crate) is_last: bool,
}

thread_local! {
    static CURRENT: RefCell<Option<CurrentJob>> = const { RefCell::new(None) };
}

/// Calls `poll`, which polls the future of `job`.
pub(crate) fn enter<R>(job: CurrentJob, poll: impl FnOnce() -> R) -> R {
    /// Restores the outer job, of a runtime that is blocked on inside of the outer one's poll.
    struct Outer(Option<CurrentJob>);
    impl Drop for Outer {
        fn drop(&mut self) {
            let _ = CURRENT.try_with(|current| current.replace(self.0.take()));
        }
    }
    let outer = CURRENT.try_with(|current| current.replace(Some(job)));
    let _outer = Outer(outer.ok().flatten());
    poll()
}

/// A wait of a job for its own pool, from the first poll that finds it pending. Dropping it ends it.
#[derive(Debug, Default)]
pub(crate) struct OwnPoolWait(Option<JobWaits>);

impl OwnPoolWait {
    /// Begins the wait, if the job that is polled is one of `pool`. Returns an error if its task
    /// cannot run the message that it waits for.
    pub(crate) fn begin(&mut self, pool: PoolId) -> Result<(), WouldDeadlock> {
        if self.0.is_some() {
            return Ok(());
        }
        let waits = CURRENT.try_with(|current| match &*current.borrow() {
            Some(job) if job.pool == pool && job.is_last => Err(WouldDeadlock),
            Some(job) if job.pool == pool => Ok(Some(job.waits.clone())),
            _ => Ok(None),
        });
        self.0 = waits.unwrap_or(Ok(None))?;
        if let Some(waits) = &self.0 {
            waits.0.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Ends the wait.
    pub(crate) fn end(&mut self) {
        if let Some(waits) = self.0.take() {
            waits.0.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl Drop for OwnPoolWait {
    fn drop(&mut self) {
        self.end();
    }
}
