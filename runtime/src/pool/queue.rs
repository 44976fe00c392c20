//! A bounded queue that is closed by reference, for the threads of a pool.
//!
//! `concurrent-queue` holds the items; what waits at either end is here. See the README beside
//! this module's files for the protocol.

mod backoff;
mod idle;
mod owner;
mod parker;
mod poll_pop;
mod taken;
mod waiters;

use std::sync::Arc;
use std::task::{self, Poll, Waker};
use std::time::Duration;

use concurrent_queue::PopError;

use crate::sync::{ConcurrentQueue, Instant, Ordering, fence, order_after_rmw};
use idle::Idle;
use owner::Owner;
use parker::Parker;
use taken::Taken;
use waiters::{Waiters, quietly};

pub(crate) use poll_pop::PopWaiter;
pub(crate) use waiters::Waiting;

/// The room that a blocked pusher waits for, where the queue is twice as long, before it goes on.
const BATCH: usize = 256;

/// A blocked pusher sleeps so long beside free places, to find more of them.
const NAP: Duration = Duration::from_micros(100);

/// A bounded queue of `T` between any number of pushers and a fixed number of worker threads.
pub(crate) struct Queue<T> {
    items: ConcurrentQueue<T>,
    /// `true` if `items` is of the kind that holds one item.
    is_single: bool,
    taken: Taken,
    idle: Idle,
    waiters: Waiters,
    owner: Owner,
    /// The workers are tasks of a Tokio runtime.
    #[cfg(feature = "tokio")]
    has_tasks: bool,
}

/// The limit of a push's wait while the queue is full.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wait {
    Never,
    Until(Instant),
    Forever,
}

/// The reason why an item was not pushed, with the item.
pub(crate) enum PushError<T> {
    /// The queue was full, and stayed so for as long as the push was to wait.
    Full(T),
    Closed(T),
}

/// The state of one async push: see [`Queue::poll_push`].
#[derive(Debug, Default)]
pub(crate) struct PushWaiter {
    key: Option<u64>,
}

impl<T> Queue<T> {
    /// Creates a queue with room for `capacity` items, for worker threads `0..workers`.
    ///
    /// # Panics
    ///
    /// If `capacity` is 0.
    pub(crate) fn new(capacity: usize, workers: usize) -> Self {
        Self::of(ConcurrentQueue::bounded(capacity), capacity == 1, workers)
    }

    /// Makes the workers tasks of a Tokio runtime.
    #[cfg(feature = "tokio")]
    pub(crate) fn serve_tasks(&mut self) {
        self.has_tasks = true;
    }

    /// Creates a queue without a bound, for items whose number is bounded elsewhere.
    pub(crate) fn unbounded(workers: usize) -> Self {
        Self::of(ConcurrentQueue::unbounded(), false, workers)
    }

    fn of(items: ConcurrentQueue<T>, is_single: bool, workers: usize) -> Self {
        Self {
            items,
            is_single,
            taken: Taken::new(workers),
            idle: Idle::new(workers),
            waiters: Waiters::new(),
            owner: Owner::current(),
            #[cfg(feature = "tokio")]
            has_tasks: false,
        }
    }

    /// Returns `true` in a forked child, where no thread takes an item.
    pub(crate) fn is_orphaned(&self) -> bool {
        self.owner.is_gone()
    }

    /// Pushes `item`; waits while the queue is full, as long as `wait` allows.
    pub(crate) fn push(&self, item: T, wait: Wait) -> Result<(), PushError<T>> {
        match (self.try_push(item), wait) {
            (Err(PushError::Full(item)), Wait::Until(deadline)) => {
                self.push_slowly(item, Some(deadline))
            }
            (Err(PushError::Full(item)), Wait::Forever) => self.push_slowly(item, None),
            (pushed, _) => pushed,
        }
    }

    #[cold]
    fn push_slowly(&self, item: T, deadline: Option<Instant>) -> Result<(), PushError<T>> {
        if self.is_orphaned() {
            return Err(PushError::Closed(item));
        }
        let parker = Arc::new(Parker::new());
        let waker = Waker::from(Arc::clone(&parker));
        let mut context = task::Context::from_waker(&waker);
        let mut waiter = PushWaiter::default();
        let mut item = Some(item);
        loop {
            self.wait_for_batch(&parker, deadline);
            if let Poll::Ready(pushed) = self.poll_push(&mut item, &mut waiter, &mut context) {
                return pushed;
            }
            if !parker.park(deadline) {
                self.cancel_push(&mut waiter);
                return item.map_or(Ok(()), |item| self.try_push(item));
            }
        }
    }

    /// Waits for a good deal of room in a queue that was full, but not for long.
    ///
    /// A pusher that fills each place as soon as it is free is woken for each, and works on the
    /// same cache lines as the threads that free them.
    fn wait_for_batch(&self, parker: &Parker, deadline: Option<Instant>) {
        if cfg!(loom) {
            return;
        }
        let batch = (self.capacity() / 2).min(BATCH);
        let enough = self.capacity() - batch;
        let has_room = || (self.len() <= enough || self.is_closed()).then_some(());
        if backoff::spin(has_room)
            .or_else(|| backoff::yield_until(deadline, has_room))
            .is_some()
        {
            return;
        }
        if batch == BATCH {
            let end = Instant::now() + NAP;
            // Nobody knows of the parker unless the pusher is registered: it may be woken earlier.
            parker.park(Some(deadline.map_or(end, |deadline| deadline.min(end))));
        }
    }

    /// Pushes the item that is in `item`, and takes it out. If the queue is full, `waiter`
    /// remembers the place of this push among those that wait, and the task is woken when there
    /// is room.
    ///
    /// # Panics
    ///
    /// If `item` is `None`.
    pub(crate) fn poll_push(
        &self,
        item: &mut Option<T>,
        waiter: &mut PushWaiter,
        cx: &mut task::Context<'_>,
    ) -> Poll<Result<(), PushError<T>>> {
        let first = item.take().expect("a push that has ended is not polled");
        let mut pushed = self.try_push(first);
        if let Err(PushError::Full(again)) = pushed {
            if self.is_orphaned() {
                return Poll::Ready(Err(PushError::Closed(again)));
            }
            // Kept where the caller has it, in case that the waker's `clone` panics.
            *item = Some(again);
            self.waiters.register(&mut waiter.key, cx.waker());
            let Some(again) = item.take() else {
                return Poll::Pending;
            };
            pushed = self.try_push(again);
        }
        if let Err(PushError::Full(again)) = pushed {
            *item = Some(again);
            return Poll::Pending;
        }
        if let Some(key) = waiter.key.take()
            && !self.waiters.remove(key)
            && !self.items.is_full()
        {
            // It was woken for a place, and may have taken another one.
            self.waiters.wake_one();
        }
        Poll::Ready(pushed)
    }

    /// Forgets an async push that is given up. If it was woken, the next one is.
    pub(crate) fn cancel_push(&self, waiter: &mut PushWaiter) {
        if let Some(key) = waiter.key.take()
            && !self.waiters.remove(key)
        {
            self.waiters.wake_one();
        }
    }

    fn try_push(&self, item: T) -> Result<(), PushError<T>> {
        match self.items.push(item) {
            Ok(()) => {
                order_after_rmw();
                if self.idle.needs_search() {
                    self.wake_thread();
                }
                Ok(())
            }
            Err(concurrent_queue::PushError::Full(item)) => Err(PushError::Full(item)),
            Err(concurrent_queue::PushError::Closed(item)) => Err(PushError::Closed(item)),
        }
    }

    /// Returns the next item for thread `worker`; waits while there is none. `None` once the
    /// queue is closed and empty. Calls `before_park` each time before it blocks.
    pub(crate) fn pop(&self, worker: usize, before_park: impl FnMut()) -> Option<T> {
        match self.take(worker) {
            Err(PopError::Empty) => self.pop_slowly(worker, None, before_park),
            taken => taken.ok(),
        }
    }

    /// Returns the next item for thread `worker`, if there is one.
    pub(crate) fn try_pop(&self, worker: usize) -> Option<T> {
        self.take(worker).ok()
    }

    /// Returns the next item for thread `worker`; waits until `deadline` while there is none.
    /// `None` at the deadline, or once the queue is closed and empty.
    pub(crate) fn pop_until(&self, worker: usize, deadline: Instant) -> Option<T> {
        match self.take(worker) {
            Err(PopError::Empty) => self.pop_slowly(worker, Some(deadline), || ()),
            taken => taken.ok(),
        }
    }

    /// Returns the next item for thread `worker`; waits while there is none. `None` if `is_done`, at
    /// the deadline, or once the queue is closed and empty. [`interrupt`](Self::interrupt) makes it
    /// call `is_done` once more.
    pub(crate) fn pop_unless(
        &self,
        worker: usize,
        is_done: &dyn Fn() -> bool,
        deadline: Option<Instant>,
    ) -> Option<T> {
        loop {
            if is_done() || deadline.is_some_and(|deadline| deadline <= Instant::now()) {
                // It may have been woken for an item that it does not take.
                self.wake_next();
                return None;
            }
            match self.take(worker) {
                Err(PopError::Empty) => {}
                taken => {
                    self.wake_next();
                    return taken.ok();
                }
            }
            self.idle.announce_sleep(worker);
            if is_done() || !self.items.is_empty() || self.items.is_closed() {
                if !self.idle.cancel_sleep(worker) {
                    self.idle.stop_search();
                }
            } else if self.idle.sleep(worker, deadline) {
                self.idle.stop_search();
            } else {
                return None;
            }
        }
    }

    /// Ends a sleep of thread `worker` in [`pop_unless`](Self::pop_unless).
    pub(crate) fn interrupt(&self, worker: usize) {
        self.idle.interrupt(worker);
    }

    #[cold]
    fn pop_slowly(
        &self,
        worker: usize,
        deadline: Option<Instant>,
        mut before_park: impl FnMut(),
    ) -> Option<T> {
        let look = || match self.take(worker) {
            Err(PopError::Empty) => None,
            taken => Some(taken.ok()),
        };
        let mut searches = self.idle.start_search();
        loop {
            if searches {
                let found = backoff::spin(look).or_else(|| backoff::yield_until(deadline, look));
                self.idle.stop_search();
                if let Some(found) = found.or_else(look) {
                    self.wake_next();
                    return found;
                }
                // None of the pushers that were woken has pushed an item in all that time.
                if self.waiters.len() > 0 {
                    self.waiters.take_all().wake();
                }
            } else if let Some(found) = backoff::yield_until(deadline, look) {
                return found;
            }
            before_park();
            self.idle.announce_sleep(worker);
            if let Some(found) = look() {
                if !self.idle.cancel_sleep(worker) {
                    self.idle.stop_search();
                }
                self.wake_next();
                return found;
            }
            if !self.idle.sleep(worker, deadline) {
                return None;
            }
            searches = true;
        }
    }

    #[cold]
    fn wake_thread(&self) {
        // The process id costs more than the rest of a push.
        #[cfg(feature = "tokio")]
        if self.has_tasks && owner::is_in_task() && self.idle.try_wake_one() {
            return;
        }
        if !self.is_orphaned() {
            self.idle.wake_one();
        }
    }

    /// Wakes the next thread if there is more to do.
    fn wake_next(&self) {
        if self.idle.needs_search() && !self.items.is_empty() {
            self.idle.wake_one();
        }
    }

    /// Takes an item on behalf of no thread.
    pub(crate) fn sweep(&self) -> Option<T> {
        let swept = self.taken.count_swept(|| self.items.pop());
        self.after_taking(&swept);
        swept.ok()
    }

    fn take(&self, worker: usize) -> Result<T, PopError> {
        let taken = self.taken.count(worker, || self.items.pop());
        self.after_taking(&taken);
        taken
    }

    fn after_taking(&self, taken: &Result<T, PopError>) {
        if taken.is_ok() {
            if self.is_single {
                // Its last step is no SeqCst operation, and a push finds it full until then.
                fence(Ordering::SeqCst);
            }
            order_after_rmw();
            if self.waiters.len() > 0 {
                self.waiters.wake_one();
            }
        }
    }

    /// Refuses all items from now on, and wakes the threads. What is queued stays. Returns the pushers
    /// that wait, to be woken.
    pub(crate) fn close(&self) -> Waiting {
        self.items.close();
        if self.is_orphaned() {
            return Waiting::default();
        }
        fence(Ordering::SeqCst);
        self.idle.wake_all();
        self.waiters.take_all()
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.items.is_closed()
    }

    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    pub(crate) fn capacity(&self) -> usize {
        self.items.capacity().unwrap_or(usize::MAX)
    }

    /// Returns how many items are queued and how many were taken at one moment: their sum is the
    /// number of items that were accepted by then. While threads take items without a pause it may
    /// be off by those that were taken during the call.
    pub(crate) fn counts(&self) -> (u64, u64) {
        let length = || self.items.len();
        let (queued, taken) = if self.is_orphaned() {
            self.taken.with_length_unlocked(length)
        } else {
            self.taken.with_length(length)
        };
        (queued as u64, taken)
    }
}

impl<T> Drop for Queue<T> {
    fn drop(&mut self) {
        if cfg!(loom) && std::thread::panicking() {
            // A model has failed: whatever is done with loom's types panics again.
            return;
        }
        // One item whose `Drop` panics must not keep the others from being dropped.
        while let Ok(item) = self.items.pop() {
            quietly(|| drop(item));
        }
        // Those of pushes that were leaked: a waker's `Drop` may panic, too.
        self.waiters.take_all().wake();
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests;

#[cfg(all(test, loom))]
mod loom;
