//! Blocks a thread until another one wakes it.

use std::sync::{Arc, PoisonError};
use std::task::Wake;

use crate::sync::{Condvar, Instant, Mutex, lock};

/// Blocks one thread until another one wakes it. A wake-up that comes first is kept, once.
///
/// A lock and a condition variable rather than `thread::park`: `thread::current()` panics in a
/// thread whose locals are gone, and a thread's token may be taken by foreign code.
pub(super) struct Parker {
    woken: Mutex<bool>,
    changed: Condvar,
}

impl Parker {
    pub(super) fn new() -> Self {
        Self {
            woken: Mutex::new(false),
            changed: Condvar::new(),
        }
    }

    /// Blocks until it is woken, or until `deadline`; returns `false` if that came first.
    pub(super) fn park(&self, deadline: Option<Instant>) -> bool {
        let mut woken = lock(&self.woken);
        while !*woken {
            woken = match deadline {
                None => self
                    .changed
                    .wait(woken)
                    .unwrap_or_else(PoisonError::into_inner),
                Some(deadline) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return false;
                    }
                    let waited = self.changed.wait_timeout(woken, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
        *woken = false;
        true
    }

    pub(super) fn unpark(&self) {
        *lock(&self.woken) = true;
        self.changed.notify_one();
    }
}

impl Wake for Parker {
    fn wake(self: Arc<Self>) {
        self.unpark();
    }
}
