//! Counts the items that were taken out of the queue.

use std::time::Duration;

use crossbeam_utils::CachePadded;

use crate::sync::{AtomicBool, AtomicU64, Mutex, Ordering, lock, thread, yield_now};

/// A count that is not consistent is tried again so often, and threads that are about to take an
/// item let it go first for as long: some ten milliseconds in all, where a thread was preempted
/// while it took one.
const TRIES: usize = 200;

/// After so many tries a thread sleeps between them, rather than to let others run.
const TRIES_AWAKE: usize = 64;

/// The number of items that each worker thread took.
///
/// Each count has one writer, which makes it odd while it takes an item, and adds two when it has
/// taken one. So no instruction is locked, and a reader that sees the same even counts before and
/// after it read the queue's length knows that none was taken meanwhile.
pub(super) struct Taken {
    /// One for each worker, and the last for sweeps.
    counts: Box<[CachePadded<AtomicU64>]>,
    /// `true` while [`Taken::with_length`] asks the threads to stop for a moment.
    is_counting: AtomicBool,
    counting: Mutex<()>,
    sweeping: Mutex<()>,
}

impl Taken {
    pub(super) fn new(workers: usize) -> Self {
        Self {
            counts: (0..=workers).map(|_| CachePadded::default()).collect(),
            is_counting: AtomicBool::new(false),
            counting: Mutex::new(()),
            sweeping: Mutex::new(()),
        }
    }

    /// Counts what `take` takes for `worker`, which must be used by one thread at a time.
    pub(super) fn count<T, E>(
        &self,
        worker: usize,
        take: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        if self.is_counting.load(Ordering::Relaxed) {
            self.wait_for_count();
        }
        let count = &self.counts[worker];
        let before = count.load(Ordering::Relaxed);
        // Ordered before the item is taken, which is a release operation on the queue's head.
        count.store(before + 1, Ordering::Relaxed);
        let taken = take();
        count.store(
            before + if taken.is_ok() { 2 } else { 0 },
            Ordering::Release,
        );
        taken
    }

    /// Counts what `take` takes for no worker.
    pub(super) fn count_swept<T, E>(&self, take: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let _sweeping = lock(&self.sweeping);
        self.count(self.counts.len() - 1, take)
    }

    /// Returns the queue's length and the number of items that had been taken at that moment.
    pub(super) fn with_length(&self, length: impl Fn() -> usize) -> (usize, u64) {
        let _counting = lock(&self.counting);
        let mut tries = 0;
        let counted = loop {
            let before = self.sum();
            let length = length();
            let after = self.sum();
            match (before, after) {
                (Ok(before), Ok(after)) if before == after => break (length, after),
                (Ok(before) | Err(before), _) if tries == TRIES => break (length, before),
                _ => {}
            }
            self.is_counting.store(true, Ordering::Relaxed);
            pause(tries);
            tries += 1;
        };
        self.is_counting.store(false, Ordering::Relaxed);
        counted
    }

    /// Does the same where no thread takes items, and a thread that is gone may hold the lock.
    pub(super) fn with_length_unlocked(&self, length: impl Fn() -> usize) -> (usize, u64) {
        let (Ok(taken) | Err(taken)) = self.sum();
        (length(), taken)
    }

    /// The sum; an error if some thread is taking an item.
    fn sum(&self) -> Result<u64, u64> {
        let mut sum = 0;
        let mut is_even = true;
        for count in &self.counts {
            let count = count.load(Ordering::Acquire);
            sum += count / 2;
            is_even &= count % 2 == 0;
        }
        if is_even { Ok(sum) } else { Err(sum) }
    }

    #[cold]
    fn wait_for_count(&self) {
        for tries in 0..TRIES {
            if !self.is_counting.load(Ordering::Relaxed) {
                break;
            }
            pause(tries);
        }
    }
}

fn pause(tries: usize) {
    if tries < TRIES_AWAKE || cfg!(loom) {
        yield_now();
    } else {
        thread::sleep(Duration::from_micros(20));
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn take(taken: &Taken, worker: usize) {
        let counted = taken.count(worker, || Ok::<_, ()>(()));
        assert_eq!(counted, Ok(()));
    }

    #[test]
    fn only_what_was_taken_is_counted() {
        let taken = Taken::new(2);
        take(&taken, 0);
        take(&taken, 1);
        take(&taken, 1);
        assert_eq!(taken.count(0, || Err::<(), _>("empty")), Err("empty"));
        assert_eq!(taken.count_swept(|| Ok::<_, ()>(7)), Ok(7));
        assert_eq!(taken.count_swept(|| Err::<(), _>("empty")), Err("empty"));
        assert_eq!(taken.sum(), Ok(4));
        let read = Cell::new(0);
        let length = || read.replace(read.get() + 1);
        assert_eq!(taken.with_length(length), (0, 4));
        assert_eq!(read.get(), 1, "it is not read again");
    }

    #[test]
    fn there_is_no_sum_while_an_item_is_taken() {
        let taken = Taken::new(2);
        take(&taken, 1);
        let sum = taken.count(0, || Ok::<_, ()>(taken.sum()));
        assert_eq!(sum, Ok(Err(1)));
        let sum = taken.count_swept(|| Err::<(), _>(taken.sum()));
        assert_eq!(sum, Err(Err(2)));
        assert_eq!(taken.sum(), Ok(2));
    }

    #[test]
    fn a_length_that_was_read_while_an_item_was_taken_is_read_again() {
        let taken = Taken::new(1);
        let left = Cell::new(3);
        let length = || {
            if left.get() > 0 {
                left.set(left.get() - 1);
                take(&taken, 0);
            }
            10 + left.get()
        };
        assert_eq!(taken.with_length(length), (10, 3));
    }

    #[test]
    fn a_count_that_stays_inconsistent_is_given_up() {
        let taken = Taken::new(1);
        take(&taken, 0);
        let read = Cell::new(0);
        let length = || {
            read.set(read.get() + 1);
            read.get()
        };
        // A thread that was preempted while it took an item.
        let counted = taken.count(0, || Ok::<_, ()>(taken.with_length(length)));
        assert_eq!(counted, Ok((TRIES + 1, 1)));
    }

    #[test]
    fn a_thread_lets_a_count_go_first_but_not_for_ever() {
        let taken = Taken::new(1);
        take(&taken, 0);
        assert!(!taken.is_counting.load(Ordering::Relaxed));
        let length = || usize::from(taken.is_counting.load(Ordering::Relaxed));
        let counted = taken.count(0, || Ok::<_, ()>(taken.with_length(length)));
        assert_eq!(counted, Ok((1, 1)), "it asks the threads to stop");
        assert!(!taken.is_counting.load(Ordering::Relaxed));
        taken.is_counting.store(true, Ordering::Relaxed);
        take(&taken, 0);
        assert_eq!(taken.sum(), Ok(3));
    }
}
