//! The way into the batch processor's queue, one place a span.
//!
//! The processor drops what finds its queue full, and says so once, in a log. So a span asks here
//! first: there are as many places as the queue has, one is taken before a span is handed over and
//! given back when the exporter has been handed it. What is refused is counted, or waits first.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// As many places as the queue has.
#[derive(Debug)]
pub(super) struct Gate {
    places: usize,
    taken: AtomicUsize,
    /// How long a span waits for a place; not at all where it is zero.
    patience: Duration,
    state: Mutex<State>,
    room: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// A span waited in vain, and no place has been given back since: waiting would be in vain
    /// again.
    stuck: bool,
    closed: bool,
}

impl Gate {
    pub(super) fn new(places: usize, patience: Duration) -> Self {
        Self {
            places,
            taken: AtomicUsize::new(0),
            patience,
            state: Mutex::new(State::default()),
            room: Condvar::new(),
        }
    }

    /// Takes a place, which may mean to wait for one; false where there is none.
    pub(super) fn enter(&self) -> bool {
        self.take() || (!self.patience.is_zero() && self.wait())
    }

    /// Gives places back.
    pub(super) fn leave(&self, spans: usize) {
        self.taken.fetch_sub(spans, Ordering::AcqRel);
        if !self.patience.is_zero() {
            // A span that found no place is either waiting by now, or looks again with the lock.
            self.lock().stuck = false;
            self.room.notify_all();
        }
    }

    /// Nobody waits any more: the exporter has stopped.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.room.notify_all();
    }

    fn take(&self) -> bool {
        self.taken
            .try_update(Ordering::AcqRel, Ordering::Relaxed, |taken| {
                (taken < self.places).then_some(taken + 1)
            })
            .is_ok()
    }

    #[cold]
    fn wait(&self) -> bool {
        let until = Instant::now().checked_add(self.patience);
        let mut state = self.lock();
        loop {
            if self.take() {
                return true;
            }
            if state.closed || state.stuck {
                return false;
            }
            let left = until.map_or(Duration::MAX, |until| {
                until.saturating_duration_since(Instant::now())
            });
            if left.is_zero() {
                state.stuck = true;
                return false;
            }
            state = self
                .room
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
