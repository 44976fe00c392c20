//! Pushers that wait for room.

use std::collections::BTreeMap;
use std::task::Waker;

use crate::sync::{AtomicUsize, Mutex, Ordering, fence, lock};
use crate::unwind;

/// The wakers of the pushers that wait, in the order of their arrival.
///
/// A waker is taken out when it is woken. Its pusher keeps its key, and with it its position in
/// the order if it has to wait again.
pub(super) struct Waiters {
    /// The number of entries in the list, to be read without the lock.
    number: AtomicUsize,
    list: Mutex<List>,
}

struct List {
    next: u64,
    wakers: BTreeMap<u64, Waker>,
}

impl Waiters {
    pub(super) fn new() -> Self {
        Self {
            number: AtomicUsize::new(0),
            list: Mutex::new(List {
                next: 0,
                wakers: BTreeMap::new(),
            }),
        }
    }

    /// Returns the number of pushers that wait and have not been woken.
    pub(super) fn len(&self) -> usize {
        self.number.load(Ordering::SeqCst)
    }

    /// Adds `waker` under `key`, or under a new key, which it then puts there. The caller must try
    /// to push once more after this, before it waits: whoever made room before may not have seen it.
    pub(super) fn register(&self, key: &mut Option<u64>, waker: &Waker) {
        if !self.is_registered(*key, waker) {
            // Cloned, and the one that it replaces dropped, outside the lock: both are foreign code.
            let waker = waker.clone();
            let replaced = {
                let mut list = lock(&self.list);
                let key = *key.get_or_insert_with(|| {
                    list.next += 1;
                    list.next
                });
                let replaced = list.wakers.insert(key, waker);
                self.number.store(list.wakers.len(), Ordering::SeqCst);
                replaced
            };
            quietly(|| drop(replaced));
        }
        fence(Ordering::SeqCst);
    }

    fn is_registered(&self, key: Option<u64>, waker: &Waker) -> bool {
        key.is_some_and(|key| {
            let list = lock(&self.list);
            let registered = list.wakers.get(&key);
            registered.is_some_and(|registered| registered.will_wake(waker))
        })
    }

    /// Removes an entry; returns `false` if it has been woken.
    pub(super) fn remove(&self, key: u64) -> bool {
        let removed = {
            let mut list = lock(&self.list);
            let removed = list.wakers.remove(&key);
            self.number.store(list.wakers.len(), Ordering::SeqCst);
            removed
        };
        let was_waiting = removed.is_some();
        quietly(|| drop(removed));
        was_waiting
    }

    /// Wakes the pusher that has waited longest and has not been woken.
    #[cold]
    pub(super) fn wake_one(&self) {
        let first = {
            let mut list = lock(&self.list);
            let first = list.wakers.pop_first();
            self.number.store(list.wakers.len(), Ordering::SeqCst);
            first
        };
        if let Some((_, waker)) = first {
            quietly(|| waker.wake());
        }
    }

    /// Takes all pushers that wait out of the list, to wake them.
    #[cold]
    pub(super) fn take_all(&self) -> Waiting {
        let mut list = lock(&self.list);
        self.number.store(0, Ordering::SeqCst);
        Waiting(std::mem::take(&mut list.wakers))
    }
}

/// Pushers that wait and are not in the list any more.
#[derive(Default)]
#[must_use = "nothing else wakes them"]
pub(crate) struct Waiting(BTreeMap<u64, Waker>);

impl Waiting {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Wakes them. A waker is foreign code, and may take long.
    pub(crate) fn wake(self) {
        for waker in self.0.into_values() {
            quietly(|| waker.wake());
        }
    }
}

/// Runs foreign code whose panic must reach neither the caller nor those that wait behind it.
pub(super) fn quietly(foreign: impl FnOnce()) {
    let _ = unwind::catch(foreign);
}
