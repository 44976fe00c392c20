//! Tasks that await room in the queue.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering, fence};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Waker;

/// Wakers in the order of their arrival. Each place that becomes free wakes one.
#[derive(Debug, Default)]
pub(super) struct Waiters {
    /// How many there are, to be read without the lock.
    number: AtomicUsize,
    list: Mutex<List>,
}

#[derive(Debug, Default)]
struct List {
    next: u64,
    wakers: VecDeque<(u64, Waker)>,
}

impl Waiters {
    /// Registers `waker`, in the place that `ticket` has if it has one still. After this the
    /// caller must look for room once more: what became free before was not told to it.
    pub(super) fn register(&self, ticket: Option<u64>, waker: &Waker) -> u64 {
        let mut list = self.lock();
        let place = ticket.and_then(|ticket| list.wakers.iter().position(|(of, _)| *of == ticket));
        let ticket = if let Some(place) = place {
            list.wakers[place].1.clone_from(waker);
            list.wakers[place].0
        } else {
            let ticket = list.next;
            list.next += 1;
            list.wakers.push_back((ticket, waker.clone()));
            ticket
        };
        self.number.store(list.wakers.len(), Ordering::Relaxed);
        drop(list);
        // Pairs with the fence in `notify_one`: either the caller sees the room, or the one that
        // made it sees the waiter.
        fence(Ordering::SeqCst);
        ticket
    }

    /// Takes a waiter out; `false` if it was woken before.
    pub(super) fn remove(&self, ticket: u64) -> bool {
        let mut list = self.lock();
        let before = list.wakers.len();
        list.wakers.retain(|(of, _)| *of != ticket);
        self.number.store(list.wakers.len(), Ordering::Relaxed);
        list.wakers.len() < before
    }

    /// Wakes the first waiter, if there is one: called when a place has become free.
    pub(super) fn notify_one(&self) {
        fence(Ordering::SeqCst);
        if self.number.load(Ordering::Relaxed) > 0 {
            self.wake_first();
        }
    }

    /// Wakes all waiters: called when the queue is closed.
    pub(super) fn notify_all(&self) {
        while self.wake_first() {}
    }

    #[cold]
    fn wake_first(&self) -> bool {
        let first = {
            let mut list = self.lock();
            let first = list.wakers.pop_front();
            self.number.store(list.wakers.len(), Ordering::Relaxed);
            first
        };
        // Outside the lock: waking may run foreign code.
        first.map(|(_, waker)| waker.wake()).is_some()
    }

    fn lock(&self) -> MutexGuard<'_, List> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
