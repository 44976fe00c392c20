//! The primitives of `std` that the queue is made of; those of loom where its models run.

#[cfg(not(loom))]
mod imp {
    pub(crate) use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering, fence};
    pub(crate) use std::sync::{Condvar, Mutex, MutexGuard};
    pub(crate) use std::thread::yield_now;
}

#[cfg(loom)]
mod imp {
    pub(crate) use loom::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering, fence};
    pub(crate) use loom::sync::{Condvar, Mutex, MutexGuard};
    pub(crate) use loom::thread::yield_now;
}

pub(crate) use imp::*;

/// Locks `mutex`, whether or not a thread panicked while it held it.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Orders a `SeqCst` read-modify-write operation before the `SeqCst` loads that follow it.
///
/// They are ordered by themselves: it costs nothing. loom takes `SeqCst` accesses for `AcqRel`
/// ones, and needs a fence.
pub(crate) fn order_after_rmw() {
    #[cfg(loom)]
    fence(Ordering::SeqCst);
}
