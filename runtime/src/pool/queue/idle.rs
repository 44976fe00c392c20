//! Idle worker threads: at most one searches for items, the others sleep.

use std::task::Waker;

use crossbeam_utils::CachePadded;

use super::parker::Parker;
use super::waiters::quietly;
use crate::sync::{
    AtomicBool, AtomicUsize, Instant, Mutex, MutexGuard, Ordering, fence, lock, order_after_rmw,
};

/// A thread is searching, or has been woken to search.
const SEARCHING: usize = 1;

/// One sleeping thread.
const SLEEPER: usize = 2;

/// The idle threads of a queue: see the queue's README for the protocol.
pub(super) struct Idle {
    /// [`SEARCHING`], and [`SLEEPER`] for each entry of `sleeping`.
    state: CachePadded<AtomicUsize>,
    /// The sleeping threads; the one that fell asleep last is woken first.
    sleeping: Mutex<Vec<Sleeper>>,
    threads: Box<[CachePadded<Thread>]>,
    /// The number of threads that have looked for the last time, and do nothing until they are woken.
    #[cfg(all(test, not(any(loom, shuttle))))]
    asleep: AtomicUsize,
}

/// An entry of the list of sleeping threads.
struct Sleeper {
    worker: usize,
    /// The waker of a worker that is a task; `None` for a thread, which parks.
    waker: Option<Waker>,
}

struct Thread {
    /// `true` if another thread took this one out of `Idle::sleeping`. Changes under the lock.
    woken: AtomicBool,
    parker: Parker,
}

impl Idle {
    pub(super) fn new(workers: usize) -> Self {
        let thread = |_| {
            CachePadded::new(Thread {
                woken: AtomicBool::new(false),
                parker: Parker::new(),
            })
        };
        Self {
            state: CachePadded::new(AtomicUsize::new(0)),
            sleeping: Mutex::new(Vec::with_capacity(workers)),
            threads: (0..workers).map(thread).collect(),
            #[cfg(all(test, not(any(loom, shuttle))))]
            asleep: AtomicUsize::new(0),
        }
    }

    /// Makes the caller the one that searches; returns `false` if there is one.
    pub(super) fn start_search(&self) -> bool {
        self.state.load(Ordering::Relaxed) & SEARCHING == 0
            && self.state.fetch_or(SEARCHING, Ordering::SeqCst) & SEARCHING == 0
    }

    /// Ends the caller's search. It must look at the queue once more after this: whoever pushed
    /// an item before relied on the search.
    pub(super) fn stop_search(&self) {
        self.state.fetch_and(!SEARCHING, Ordering::SeqCst);
        fence(Ordering::SeqCst);
    }

    /// Returns whether threads sleep and none searches.
    pub(super) fn needs_search(&self) -> bool {
        let state = self.state.load(Ordering::SeqCst);
        state >= SLEEPER && state & SEARCHING == 0
    }

    /// Wakes the worker that fell asleep last. A thread then searches, and none is woken while
    /// another one searches. A task is woken in any case: the one before it may not be polled for
    /// long.
    #[cold]
    pub(super) fn wake_one(&self) {
        let last = self.take_last(lock(&self.sleeping));
        if let Some(last) = last {
            self.wake(last);
        }
    }

    /// Does the same if no other thread has the list locked; returns `false` otherwise.
    #[cfg(feature = "tokio")]
    pub(super) fn try_wake_one(&self) -> bool {
        let Ok(sleeping) = self.sleeping.try_lock() else {
            return false;
        };
        if let Some(last) = self.take_last(sleeping) {
            self.wake(last);
        }
        true
    }

    fn take_last(&self, mut sleeping: MutexGuard<'_, Vec<Sleeper>>) -> Option<Sleeper> {
        let last = sleeping.last()?;
        if last.waker.is_none() && !self.start_search() {
            return None;
        }
        let position = sleeping.len() - 1;
        Some(self.take_out(&mut sleeping, position))
    }

    /// Wakes thread `worker` if it sleeps, although there may be nothing to search for.
    #[cold]
    pub(super) fn interrupt(&self, worker: usize) {
        let sleeper = {
            let mut sleeping = lock(&self.sleeping);
            let Some(position) = position(&sleeping, worker) else {
                return;
            };
            self.take_out(&mut sleeping, position)
        };
        self.wake(sleeper);
    }

    /// Takes an entry out of the list, and marks its worker as woken.
    fn take_out(&self, sleeping: &mut Vec<Sleeper>, position: usize) -> Sleeper {
        let sleeper = sleeping.remove(position);
        self.state.fetch_sub(SLEEPER, Ordering::SeqCst);
        let woken = &self.threads[sleeper.worker].woken;
        woken.store(true, Ordering::Release);
        sleeper
    }

    /// Wakes a worker that was taken out of the list. A waker is foreign code: no lock is held.
    fn wake(&self, sleeper: Sleeper) {
        match sleeper.waker {
            Some(waker) => quietly(|| waker.wake()),
            None => self.threads[sleeper.worker].parker.unpark(),
        }
    }

    /// Wakes all sleeping threads.
    pub(super) fn wake_all(&self) {
        let woken = {
            let mut sleeping = lock(&self.sleeping);
            let woken = std::mem::take(&mut *sleeping);
            self.state
                .fetch_sub(SLEEPER * woken.len(), Ordering::SeqCst);
            for sleeper in &woken {
                let woken = &self.threads[sleeper.worker].woken;
                woken.store(true, Ordering::Release);
            }
            woken
        };
        for sleeper in woken {
            self.wake(sleeper);
        }
    }

    /// Announces that thread `worker` is about to sleep. It must look at the queue once more after
    /// this, before it does: whoever pushed an item before may not have seen it.
    pub(super) fn announce_sleep(&self, worker: usize) {
        self.announce(Sleeper {
            worker,
            waker: None,
        });
        fence(Ordering::SeqCst);
    }

    /// Does the same for a task, which is woken by `waker`, and must look by a `SeqCst` load.
    pub(super) fn announce_sleep_of_task(&self, worker: usize, waker: Waker) {
        self.announce(Sleeper {
            worker,
            waker: Some(waker),
        });
        order_after_rmw();
    }

    fn announce(&self, sleeper: Sleeper) {
        let mut sleeping = lock(&self.sleeping);
        let woken = &self.threads[sleeper.worker].woken;
        woken.store(false, Ordering::Relaxed);
        sleeping.push(sleeper);
        self.state.fetch_add(SLEEPER, Ordering::SeqCst);
    }

    /// Takes the announcement back; returns `false` if `worker` was woken before.
    pub(super) fn cancel_sleep(&self, worker: usize) -> bool {
        if self.threads[worker].woken.load(Ordering::Acquire) {
            return false;
        }
        let removed = {
            let mut sleeping = lock(&self.sleeping);
            let Some(position) = position(&sleeping, worker) else {
                return false;
            };
            self.state.fetch_sub(SLEEPER, Ordering::SeqCst);
            sleeping.remove(position)
        };
        // A waker's `Drop` is foreign code.
        quietly(|| drop(removed));
        true
    }

    /// Blocks until `worker`, which has announced it, is woken; then it searches. Returns `false`
    /// if `deadline` came first.
    pub(super) fn sleep(&self, worker: usize, deadline: Option<Instant>) -> bool {
        #[cfg(all(test, not(any(loom, shuttle))))]
        self.asleep.fetch_add(1, Ordering::SeqCst);
        let woken = self.sleep_until(worker, deadline);
        #[cfg(all(test, not(any(loom, shuttle))))]
        self.asleep.fetch_sub(1, Ordering::SeqCst);
        woken
    }

    fn sleep_until(&self, worker: usize, deadline: Option<Instant>) -> bool {
        let thread = &self.threads[worker];
        while !thread.woken.load(Ordering::Acquire) {
            // A wake-up may be left over from a sleep that was cancelled.
            if !thread.parker.park(deadline) {
                return !self.cancel_sleep(worker);
            }
        }
        true
    }

    /// Returns whether a thread searches, or has been woken to search.
    #[cfg(all(test, not(shuttle)))]
    pub(super) fn is_searching(&self) -> bool {
        self.state.load(Ordering::SeqCst) & SEARCHING != 0
    }

    /// Returns the number of threads that are in the list of sleeping threads, and have looked for
    /// the last time.
    #[cfg(all(test, not(any(loom, shuttle))))]
    pub(super) fn sleepers(&self) -> usize {
        let listed = lock(&self.sleeping).len();
        listed.min(self.asleep.load(Ordering::SeqCst))
    }
}

fn position(sleeping: &[Sleeper], worker: usize) -> Option<usize> {
    sleeping
        .iter()
        .rposition(|sleeper| sleeper.worker == worker)
}
