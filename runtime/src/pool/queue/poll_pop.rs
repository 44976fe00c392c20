//! Pops without blocking, for workers that are tasks, or have turns on shared threads.

use std::mem;
use std::task::{self, Poll};

use concurrent_queue::PopError;

use super::Queue;

/// The state of a worker task between two polls: see [`Queue::poll_pop`].
#[derive(Debug, Default)]
pub(crate) struct PopWaiter {
    /// `true` if the task is in the list of sleeping workers, or has been woken out of it.
    sleeps: bool,
}

impl<T> Queue<T> {
    /// Returns the next item for the task that is worker `worker`, or `None` once the queue is closed
    /// and empty. While there is none, the task is woken as a thread would be.
    ///
    /// A task that is dropped, or does not pop any more, must call
    /// [`cancel_pop`](Self::cancel_pop).
    pub(crate) fn poll_pop(
        &self,
        worker: usize,
        waiter: &mut PopWaiter,
        cx: &mut task::Context<'_>,
    ) -> Poll<Option<T>> {
        let mut slept = mem::take(&mut waiter.sleeps);
        if slept {
            self.idle.cancel_sleep(worker);
        }
        loop {
            if !self.is_drained() {
                match self.take(worker) {
                    Err(PopError::Empty) => {}
                    taken => {
                        if slept {
                            // It may have been woken for an item beside this one.
                            self.wake_next();
                        }
                        return Poll::Ready(taken.ok());
                    }
                }
            }
            // Those that were woken may never be polled again: see the README.
            if self.waiters.len() > 0 {
                self.waiters.take_all().wake();
            }
            // Cloned before it is announced, because that is foreign code.
            let waker = cx.waker().clone();
            self.idle.announce_sleep_of_task(worker, waker);
            if self.is_drained() {
                waiter.sleeps = true;
                return Poll::Pending;
            }
            self.idle.cancel_sleep(worker);
            slept = true;
        }
    }

    /// Returns `true` if there is no item, and another one may be pushed. Costs less than to pop.
    fn is_drained(&self) -> bool {
        self.items.is_empty() && !self.items.is_closed()
    }

    /// Forgets a task that does not pop any more. If it was woken, the next one is.
    pub(crate) fn cancel_pop(&self, worker: usize, waiter: &mut PopWaiter) {
        if mem::take(&mut waiter.sleeps) && !self.idle.cancel_sleep(worker) {
            self.wake_next();
        }
    }
}
