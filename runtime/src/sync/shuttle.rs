//! shuttle's primitives, and models of the two that it lacks: time, and the queue of items.
//!
//! **Time** is virtual, and moves only when a wait times out. A wait with a timeout does not block:
//! it lets other threads run, and then either returns early, as after a spurious wake-up, or moves
//! the clock to its deadline. So each such wait ends, however little the other threads do, and a
//! timeout may come before or after each of their steps. What a notification does is therefore seen
//! only by waits without a timeout: if it is lost, they are a deadlock, which shuttle reports.
//!
//! **The queue of items** has std's atomics. Each of its operations is one step here; loom's models
//! look inside.

use std::cell::Cell;
use std::ops::{Add, Deref, DerefMut};
use std::sync::LockResult;
use std::time::Duration;

use concurrent_queue::{PopError, PushError};
use shuttle::rand::{Rng as _, thread_rng};
use shuttle::sync as model;

use super::lock;

pub(crate) use shuttle::sync::atomic::{
    AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering, fence,
};
pub(crate) use shuttle::thread::yield_now;
pub(crate) use shuttle::thread_local;

/// One of so many returns of a wait with a timeout is the timeout.
const RETURNS_PER_TIMEOUT: u32 = 8;

std::thread_local! {
    /// The time of the execution, whose threads share one thread of the operating system.
    static NOW: Cell<Duration> = const { Cell::new(Duration::from_secs(1)) };
}

/// A point of virtual time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Instant(Duration);

impl Instant {
    pub(crate) fn now() -> Self {
        Self(NOW.get())
    }

    pub(crate) fn elapsed(self) -> Duration {
        Self::now().saturating_duration_since(self)
    }

    pub(crate) fn saturating_duration_since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }

    pub(crate) fn checked_add(self, duration: Duration) -> Option<Self> {
        self.0.checked_add(duration).map(Self)
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0 + duration)
    }
}

/// Lets other threads run for a while; returns `true` if `timeout` is over then.
fn times_out(timeout: Duration) -> bool {
    let end = Instant::now().0.saturating_add(timeout);
    yield_now();
    let times_out = thread_rng().gen_ratio(1, RETURNS_PER_TIMEOUT);
    if times_out {
        NOW.set(NOW.get().max(end));
    }
    times_out
}

/// Lets other threads run before a step that shuttle does not know.
fn step() {
    // Not `yield_now`, which asks for others to be preferred.
    shuttle::thread::sleep(Duration::ZERO);
}

/// A lock whose guard knows it: a wait releases it and locks it again. It is never poisoned.
#[derive(Debug, Default)]
pub(crate) struct Mutex<T>(model::Mutex<T>);

#[derive(Debug)]
pub(crate) struct MutexGuard<'a, T> {
    guard: model::MutexGuard<'a, T>,
    mutex: &'a Mutex<T>,
}

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(model::Mutex::new(value))
    }

    #[expect(clippy::unnecessary_wraps, reason = "in std's form")]
    pub(crate) fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
        let guard = self.0.lock().unwrap_or_else(model::PoisonError::into_inner);
        Ok(MutexGuard { guard, mutex: self })
    }
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.guard
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.guard
    }
}

#[derive(Debug, Default)]
pub(crate) struct Condvar(model::Condvar);

impl Condvar {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    #[expect(clippy::unnecessary_wraps, reason = "in std's form")]
    pub(crate) fn wait<'a, T>(&self, guard: MutexGuard<'a, T>) -> LockResult<MutexGuard<'a, T>> {
        let MutexGuard { guard, mutex } = guard;
        let guard = self.0.wait(guard);
        let guard = guard.unwrap_or_else(model::PoisonError::into_inner);
        Ok(MutexGuard { guard, mutex })
    }

    /// Returns the guard, and whether the wait timed out.
    #[expect(clippy::unused_self, reason = "in std's form")]
    pub(crate) fn wait_timeout<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        timeout: Duration,
    ) -> LockResult<(MutexGuard<'a, T>, bool)> {
        let mutex = guard.mutex;
        drop(guard);
        let timed_out = times_out(timeout);
        Ok((lock(mutex), timed_out))
    }

    pub(crate) fn notify_one(&self) {
        self.0.notify_one();
    }

    pub(crate) fn notify_all(&self) {
        self.0.notify_all();
    }
}

pub(crate) mod thread {
    use std::time::Duration;

    pub(crate) use shuttle::thread::{Builder, JoinHandle, Thread, current, park};

    pub(crate) fn park_timeout(timeout: Duration) {
        super::times_out(timeout);
    }

    pub(crate) fn sleep(duration: Duration) {
        while !super::times_out(duration) {}
    }
}

pub(crate) mod mpsc {
    use std::time::Duration;

    use shuttle::sync::mpsc::{self, RecvError, TryRecvError};

    pub(crate) use shuttle::sync::mpsc::{RecvTimeoutError, Sender, SyncSender};

    pub(crate) struct Receiver<T>(mpsc::Receiver<T>);

    pub(crate) fn channel<T>() -> (Sender<T>, Receiver<T>) {
        let (sender, receiver) = mpsc::channel();
        (sender, Receiver(receiver))
    }

    pub(crate) fn sync_channel<T>(bound: usize) -> (SyncSender<T>, Receiver<T>) {
        let (sender, receiver) = mpsc::sync_channel(bound);
        (sender, Receiver(receiver))
    }

    impl<T> Receiver<T> {
        pub(crate) fn recv(&self) -> Result<T, RecvError> {
            self.0.recv()
        }

        pub(crate) fn recv_timeout(&self, timeout: Duration) -> Result<T, RecvTimeoutError> {
            loop {
                match self.0.try_recv() {
                    Ok(value) => return Ok(value),
                    Err(TryRecvError::Disconnected) => return Err(RecvTimeoutError::Disconnected),
                    Err(TryRecvError::Empty) => {}
                }
                if super::times_out(timeout) {
                    return Err(RecvTimeoutError::Timeout);
                }
            }
        }
    }

    impl<T> IntoIterator for Receiver<T> {
        type Item = T;
        type IntoIter = mpsc::IntoIter<T>;

        fn into_iter(self) -> Self::IntoIter {
            self.0.into_iter()
        }
    }
}

/// crossbeam's, which spins. A thread that waits lets others run here, once.
pub(crate) struct Backoff(Cell<bool>);

impl Backoff {
    pub(crate) fn new() -> Self {
        Self(Cell::new(false))
    }

    pub(crate) fn snooze(&self) {
        self.0.set(true);
        yield_now();
    }

    pub(crate) fn is_completed(&self) -> bool {
        self.0.get()
    }
}

/// A queue of items, each of whose operations is one step.
pub(crate) struct ConcurrentQueue<T>(concurrent_queue::ConcurrentQueue<T>);

impl<T> ConcurrentQueue<T> {
    pub(crate) fn bounded(capacity: usize) -> Self {
        Self(concurrent_queue::ConcurrentQueue::bounded(capacity))
    }

    pub(crate) fn unbounded() -> Self {
        Self(concurrent_queue::ConcurrentQueue::unbounded())
    }

    pub(crate) fn push(&self, item: T) -> Result<(), PushError<T>> {
        step();
        self.0.push(item)
    }

    pub(crate) fn pop(&self) -> Result<T, PopError> {
        step();
        self.0.pop()
    }

    pub(crate) fn len(&self) -> usize {
        step();
        self.0.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        step();
        self.0.is_empty()
    }

    pub(crate) fn is_full(&self) -> bool {
        step();
        self.0.is_full()
    }

    pub(crate) fn capacity(&self) -> Option<usize> {
        self.0.capacity()
    }

    pub(crate) fn is_closed(&self) -> bool {
        step();
        self.0.is_closed()
    }

    pub(crate) fn close(&self) -> bool {
        step();
        self.0.close()
    }
}
