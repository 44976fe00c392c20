//! Counts of a pool's jobs.

use std::fmt;

use super::Shared;
use crate::error::JobError;
use crate::sync::{AtomicU64, Ordering};
use crate::worker::{Outcome, Worker};

/// The counts of a pool's jobs: see [`Pool::stats`](crate::Pool::stats).
///
/// Each message that was accepted is counted in exactly one of `queued`, `running`, `completed`,
/// `failed`, `panicked`, `cancelled` and `abandoned`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct PoolStats {
    /// Messages in the queue.
    pub queued: u64,
    /// Messages that a thread or a task took out of the queue and has not finished: they run, or wait for the
    /// rest of their batch.
    pub running: u64,
    /// Runs that returned, and returned no error.
    pub completed: u64,
    /// Runs that returned an error.
    pub failed: u64,
    /// Runs that panicked.
    pub panicked: u64,
    /// Messages that were not run because [`JoinHandle::cancel`](crate::JoinHandle::cancel) was
    /// called first. Of an `async` worker, also runs that were cancelled, by that or by the end of
    /// the runtime.
    pub cancelled: u64,
    /// Messages that were not run because the pool was shut down first, or because the state of
    /// their thread could not be made. Of an `async` worker, also runs that a shutdown ended when it
    /// timed out.
    pub abandoned: u64,
    /// Runs after which a context was still attached, because the worker leaked its guard. Such a
    /// run is also counted above.
    pub leaked_guards: u64,
}

impl fmt::Display for PoolStats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} queued, {} running, {} completed, {} failed, {} panicked, {} cancelled, \
             {} abandoned",
            self.queued,
            self.running,
            self.completed,
            self.failed,
            self.panicked,
            self.cancelled,
            self.abandoned
        )
    }
}

/// Counts of jobs that have ended. Each thread has its own, on its own cache lines.
#[derive(Debug, Default)]
pub(super) struct Counters {
    completed: AtomicU64,
    failed: AtomicU64,
    panicked: AtomicU64,
    cancelled: AtomicU64,
    abandoned: AtomicU64,
    leaked_guards: AtomicU64,
}

impl Counters {
    pub(super) fn ran(&self, outcome: Outcome) {
        increment(match outcome {
            Outcome::Completed => &self.completed,
            Outcome::Failed => &self.failed,
            Outcome::Panicked => &self.panicked,
        });
    }

    /// Counts a job that was not run.
    pub(super) fn ended_early(&self, reason: &JobError) {
        increment(match reason {
            JobError::Cancelled => &self.cancelled,
            _ => &self.abandoned,
        });
    }

    pub(super) fn leaked_guard(&self) {
        increment(&self.leaked_guards);
    }

    fn add_to(&self, stats: &mut PoolStats) {
        stats.completed += self.completed.load(Ordering::Acquire);
        stats.failed += self.failed.load(Ordering::Acquire);
        stats.panicked += self.panicked.load(Ordering::Acquire);
        stats.cancelled += self.cancelled.load(Ordering::Acquire);
        stats.abandoned += self.abandoned.load(Ordering::Acquire);
        stats.leaked_guards += self.leaked_guards.load(Ordering::Relaxed);
    }
}

/// Increments without a locked instruction: each counter has one writer.
fn increment(counter: &AtomicU64) {
    counter.store(counter.load(Ordering::Relaxed) + 1, Ordering::Release);
}

impl<W: Worker> Shared<W> {
    /// Reads the counts until two readings agree, so that each job is counted once. In a pool that is
    /// too busy for that, a job that ends meanwhile may still be counted as running.
    pub(super) fn stats(&self) -> PoolStats {
        const ATTEMPTS: usize = 64;
        let mut before = self.ended();
        let mut attempts = 0..ATTEMPTS;
        loop {
            let (queued, taken) = self.queue.counts();
            let ended = self.ended();
            if ended == before || attempts.next().is_none() {
                let done = before.completed
                    + before.failed
                    + before.panicked
                    + before.cancelled
                    + before.abandoned;
                return PoolStats {
                    queued,
                    running: taken.saturating_sub(done),
                    ..before
                };
            }
            before = ended;
        }
    }

    fn ended(&self) -> PoolStats {
        let mut stats = PoolStats::default();
        for counters in &self.counters {
            counters.add_to(&mut stats);
        }
        stats
    }
}
