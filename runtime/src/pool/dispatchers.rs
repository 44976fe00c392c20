//! How many dispatchers are putting a job into the queue at this moment, and how many jobs were
//! ever put in.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;

/// Parts of the count, each on a cache line of its own, so that dispatchers on several threads do
/// not wait for each other's.
const PARTS: usize = 16;

/// Counts that every dispatch goes through, and that only a shutdown reads.
#[derive(Debug, Default)]
pub(super) struct Dispatchers {
    parts: [Part; PARTS],
}

#[derive(Debug, Default)]
#[repr(align(128))]
struct Part {
    inside: AtomicUsize,
    accepted: AtomicU64,
}

/// Held while a job is being put in.
#[derive(Debug)]
pub(super) struct Inside<'a>(&'a Part);

impl Dispatchers {
    /// Counts one in. Ordered before whatever is looked at after it: a dispatcher that does not
    /// see that the queue is closed is seen by whoever closes it.
    pub(super) fn enter(&self) -> Inside<'_> {
        let part = &self.parts[part_of_this_thread()];
        part.inside.fetch_add(1, Ordering::SeqCst);
        Inside(part)
    }

    /// How many jobs were put in: once nobody is inside any more, all that there will be.
    pub(super) fn accepted(&self) -> u64 {
        let accepted = |part: &Part| part.accepted.load(Ordering::Acquire);
        self.parts.iter().map(accepted).sum()
    }

    /// Waits until nobody is inside: to be called when the queue refuses, so that none stays long.
    pub(super) fn wait_until_gone(&self) {
        for part in &self.parts {
            while part.inside.load(Ordering::SeqCst) > 0 {
                thread::yield_now();
            }
        }
    }
}

impl Inside<'_> {
    /// The job is in the queue.
    pub(super) fn accepted(&self) {
        self.0.accepted.fetch_add(1, Ordering::Relaxed);
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.0.inside.fetch_sub(1, Ordering::Release);
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
