//! The primitives that threads wait, wake and count with: std's, or those of a model.
//!
//! loom's models have the queue alone: the rest of the pool keeps std's threads and channels there.
//! shuttle's models have the whole pool.

#[cfg(not(any(loom, all(test, shuttle))))]
mod imp {
    pub(crate) use std::sync::atomic::{
        AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering, fence,
    };
    pub(crate) use std::sync::{Condvar, Mutex, MutexGuard, mpsc};
    pub(crate) use std::thread::{self, yield_now};
    pub(crate) use std::thread_local;
    pub(crate) use std::time::Instant;

    pub(crate) use concurrent_queue::ConcurrentQueue;
    pub(crate) use crossbeam_utils::Backoff;
}

#[cfg(loom)]
mod imp {
    pub(crate) use std::sync::mpsc;
    pub(crate) use std::thread;
    pub(crate) use std::thread_local;
    pub(crate) use std::time::Instant;

    pub(crate) use concurrent_queue::ConcurrentQueue;
    pub(crate) use crossbeam_utils::Backoff;
    pub(crate) use loom::sync::atomic::{
        AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering, fence,
    };
    pub(crate) use loom::sync::{Condvar, Mutex, MutexGuard};
    pub(crate) use loom::thread::yield_now;
}

#[cfg(all(test, shuttle))]
#[path = "sync/shuttle.rs"]
mod imp;

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
