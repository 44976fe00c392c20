//! Idle worker threads: at most one searches for items, the others sleep.

use crossbeam_utils::CachePadded;

use super::parker::Parker;
use crate::sync::{AtomicBool, AtomicUsize, Instant, Mutex, Ordering, fence, lock};

/// A thread is searching, or has been woken to search.
const SEARCHING: usize = 1;

/// One sleeping thread.
const SLEEPER: usize = 2;

/// The idle threads of a queue: see the queue's README for the protocol.
pub(super) struct Idle {
    /// [`SEARCHING`], and [`SLEEPER`] for each entry of `sleeping`.
    state: CachePadded<AtomicUsize>,
    /// The sleeping threads; the one that fell asleep last is woken first.
    sleeping: Mutex<Vec<usize>>,
    threads: Box<[CachePadded<Thread>]>,
    /// The number of threads that have looked for the last time, and do nothing until they are woken.
    #[cfg(all(test, not(any(loom, shuttle))))]
    asleep: AtomicUsize,
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

    /// Wakes the thread that fell asleep last, to search, unless another one searches.
    #[cold]
    pub(super) fn wake_one(&self) {
        let worker = {
            let mut sleeping = lock(&self.sleeping);
            if sleeping.is_empty() || !self.start_search() {
                return;
            }
            let Some(worker) = sleeping.pop() else { return };
            self.state.fetch_sub(SLEEPER, Ordering::SeqCst);
            self.threads[worker].woken.store(true, Ordering::Release);
            worker
        };
        self.threads[worker].parker.unpark();
    }

    /// Wakes thread `worker` if it sleeps, although there may be nothing to search for.
    #[cold]
    pub(super) fn interrupt(&self, worker: usize) {
        {
            let mut sleeping = lock(&self.sleeping);
            let Some(position) = sleeping.iter().rposition(|other| *other == worker) else {
                return;
            };
            sleeping.remove(position);
            self.state.fetch_sub(SLEEPER, Ordering::SeqCst);
            self.threads[worker].woken.store(true, Ordering::Release);
        }
        self.threads[worker].parker.unpark();
    }

    /// Wakes all sleeping threads.
    pub(super) fn wake_all(&self) {
        let woken = {
            let mut sleeping = lock(&self.sleeping);
            let woken = std::mem::take(&mut *sleeping);
            self.state
                .fetch_sub(SLEEPER * woken.len(), Ordering::SeqCst);
            for &worker in &woken {
                self.threads[worker].woken.store(true, Ordering::Release);
            }
            woken
        };
        for worker in woken {
            self.threads[worker].parker.unpark();
        }
    }

    /// Announces that `worker` is about to sleep. It must look at the queue once more after this,
    /// before it does: whoever pushed an item before may not have seen it.
    pub(super) fn announce_sleep(&self, worker: usize) {
        let mut sleeping = lock(&self.sleeping);
        self.threads[worker].woken.store(false, Ordering::Relaxed);
        sleeping.push(worker);
        self.state.fetch_add(SLEEPER, Ordering::SeqCst);
        drop(sleeping);
        fence(Ordering::SeqCst);
    }

    /// Takes the announcement back; returns `false` if `worker` was woken before.
    pub(super) fn cancel_sleep(&self, worker: usize) -> bool {
        let mut sleeping = lock(&self.sleeping);
        let position = sleeping.iter().rposition(|other| *other == worker);
        if let Some(position) = position {
            sleeping.remove(position);
            self.state.fetch_sub(SLEEPER, Ordering::SeqCst);
        }
        position.is_some()
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
