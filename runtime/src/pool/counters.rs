//! What a pool has done: each thread counts for itself, and reading sums.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::worker::Ending;

/// What a pool has done so far, and what it is doing: see [`Pool::stats`](crate::Pool::stats).
///
/// A message is in exactly one of the states below. The figures are read one after the other
/// while the pool goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Messages that wait in the queue.
    pub queued: u64,
    /// Messages that are being run.
    pub running: u64,
    /// Runs that returned, and returned no `Err`.
    pub completed: u64,
    /// Runs that returned an `Err`.
    pub failed: u64,
    /// Runs that panicked.
    pub panicked: u64,
    /// Messages that a shutdown's deadline left unrun.
    pub abandoned: u64,
    /// Runs after which a context was still attached that the worker had attached: it leaked the
    /// guard. Such a run is also in one of the figures above.
    pub leaked_guards: u64,
}

impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} queued, {} running, {} completed, {} failed, {} panicked, {} abandoned",
            self.queued, self.running, self.completed, self.failed, self.panicked, self.abandoned
        )
    }
}

/// The figures of one thread, which alone writes them; on a cache line of their own.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(super) struct Counters {
    running: AtomicU64,
    completed: AtomicU64,
    failed: AtomicU64,
    panicked: AtomicU64,
    leaked_guards: AtomicU64,
}

impl Counters {
    pub(super) fn begin(&self, messages: u64) {
        self.running.store(messages, Ordering::Relaxed);
    }

    pub(super) fn end(&self, ending: Ending) {
        increment(match ending {
            Ending::Completed => &self.completed,
            Ending::Failed => &self.failed,
            Ending::Panicked => &self.panicked,
        });
        let running = self.running.load(Ordering::Relaxed);
        self.running.store(running - 1, Ordering::Release);
    }

    pub(super) fn leaked_guard(&self) {
        increment(&self.leaked_guards);
    }

    pub(super) fn add_to(&self, stats: &mut Stats) {
        stats.running += self.running.load(Ordering::Acquire);
        stats.completed += self.completed.load(Ordering::Relaxed);
        stats.failed += self.failed.load(Ordering::Relaxed);
        stats.panicked += self.panicked.load(Ordering::Relaxed);
        stats.leaked_guards += self.leaked_guards.load(Ordering::Relaxed);
    }
}

/// Without a locked instruction: there is one writer.
fn increment(counter: &AtomicU64) {
    counter.store(counter.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
}
