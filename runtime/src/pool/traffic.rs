//! What goes into the queue and out of it, counted.
//!
//! A queue that is closed must know when nobody is putting a job in any more. To count dispatchers
//! in and out again would cost each dispatch an atomic operation behind the job that it has just
//! written: the processor would wait until the job's cache lines, which the workers have, are its
//! own. So nobody is counted out. Who was counted in, and was neither refused nor is in the queue
//! nor was taken out of it, is on the way.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;

/// Parts of the count, so that dispatchers on several threads do not wait for each other's.
const PARTS: usize = 16;

#[derive(Debug)]
pub(super) struct Traffic {
    dispatchers: [Dispatchers; PARTS],
    taken: Box<[Taken]>,
}

/// On a cache line of its own.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Dispatchers {
    entered: AtomicU64,
    refused: AtomicU64,
}

/// Jobs that one thread took, which alone writes it; on a cache line of its own.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Taken(AtomicU64);

impl Traffic {
    /// For so many threads that take jobs.
    pub(super) fn new(takers: usize) -> Self {
        Self {
            dispatchers: Default::default(),
            taken: (0..takers).map(|_| Taken::default()).collect(),
        }
    }

    /// Counts a dispatcher in. Ordered before whatever is looked at after it: one that does not
    /// see that the queue is closed is seen by whoever closes it.
    pub(super) fn enter(&self) {
        let part = &self.dispatchers[part_of_this_thread()];
        part.entered.fetch_add(1, Ordering::SeqCst);
    }

    /// The one who was counted in has its job back.
    #[cold]
    pub(super) fn refuse(&self) {
        let part = &self.dispatchers[part_of_this_thread()];
        part.refused.fetch_add(1, Ordering::Release);
    }

    /// Counts a job that `taker` took. Without a locked instruction: there is one writer.
    pub(super) fn take(&self, taker: usize) {
        let taken = &self.taken[taker].0;
        taken.store(taken.load(Ordering::Relaxed) + 1, Ordering::Release);
    }

    /// Waits until nobody is on the way into the queue, whose length `queued` tells, and says how
    /// many jobs were ever put in. To be called when the queue refuses, so that none is on the way
    /// for long.
    pub(super) fn settle(&self, queued: impl Fn() -> usize) -> u64 {
        loop {
            // In this order nothing is counted twice: what was taken is not queued after that. So
            // the sum is never more than have entered by now, and where it is as much, nothing
            // has changed in between.
            let refused = self.sum(|part| part.refused.load(Ordering::Acquire));
            let taken = self.taken.iter().map(|it| it.0.load(Ordering::Acquire));
            let accepted = taken.sum::<u64>() + queued() as u64;
            let entered = self.sum(|part| part.entered.load(Ordering::SeqCst));
            if refused + accepted == entered {
                return accepted;
            }
            thread::yield_now();
        }
    }

    fn sum(&self, read: impl Fn(&Dispatchers) -> u64) -> u64 {
        self.dispatchers.iter().map(read).sum()
    }
}

fn part_of_this_thread() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static PART: usize = NEXT.fetch_add(1, Ordering::Relaxed) % PARTS;
    }
    // Where the thread is ending and has no locals any more, any part will do.
    PART.try_with(|part| *part).unwrap_or_default()
}

#[cfg(test)]
mod tests;
