//! A counting semaphore for the capacity of the batch processor's queue.
//!
//! The batch processor drops a span that finds its queue full, and logs it once. So a span acquires
//! a permit first, of as many as the queue holds spans. The permit is released when the exporter was
//! given the span. A span that gets no permit is dropped and counted.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A semaphore whose `acquire` waits at most for a fixed timeout.
#[derive(Debug)]
pub(crate) struct Semaphore {
    available: AtomicUsize,
    /// Zero: `acquire` does not wait.
    timeout: Duration,
    state: Mutex<State>,
    released: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// A waiter timed out, and no permit has been released since: others would wait for nothing.
    stuck: bool,
    closed: bool,
}

impl Semaphore {
    pub(crate) fn new(permits: usize, timeout: Duration) -> Self {
        Self {
            available: AtomicUsize::new(permits),
            timeout,
            state: Mutex::new(State::default()),
            released: Condvar::new(),
        }
    }

    /// Acquires a permit, waiting for it if there is a timeout. Returns whether it got one.
    pub(crate) fn acquire(&self) -> bool {
        self.try_acquire() || (!self.timeout.is_zero() && self.wait())
    }

    /// Releases permits.
    pub(crate) fn release(&self, permits: usize) {
        self.available.fetch_add(permits, Ordering::AcqRel);
        if !self.timeout.is_zero() {
            // With the lock, a waiter either has not tried again yet or sleeps.
            self.lock().stuck = false;
            self.released.notify_all();
        }
    }

    /// Makes every waiter return, because the exporter has stopped.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.released.notify_all();
    }

    fn try_acquire(&self) -> bool {
        self.available
            .fetch_update(Ordering::AcqRel, Ordering::Relaxed, |available| {
                available.checked_sub(1)
            })
            .is_ok()
    }

    #[cold]
    fn wait(&self) -> bool {
        let deadline = Instant::now().checked_add(self.timeout);
        let mut state = self.lock();
        loop {
            if self.try_acquire() {
                return true;
            }
            if state.closed || state.stuck {
                return false;
            }
            let left = deadline.map_or(Duration::MAX, |deadline| {
                deadline.saturating_duration_since(Instant::now())
            });
            if left.is_zero() {
                state.stuck = true;
                return false;
            }
            state = self
                .released
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
