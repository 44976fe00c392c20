//! The place of a worker between two turns: in the run queue, on a thread, or idle.

use crate::sync::{AtomicUsize, Ordering};

/// The worker waits for a wake-up of its pool's queue.
const IDLE: usize = 0;

/// The worker is in the run queue, once.
const QUEUED: usize = 1;

/// A thread has the worker.
const RUNNING: usize = 2;

/// A thread has the worker, and its pool's queue has woken it.
const WOKEN: usize = 3;

/// The state of a worker on shared threads.
///
/// | from | to | by |
/// | --- | --- | --- |
/// | idle | queued | a wake-up, which pushes the worker |
/// | queued | running | the thread that popped the worker |
/// | running | woken | a wake-up: the thread looks once more |
/// | running | idle | the thread, if it has found the queue empty and was not woken since |
/// | running, woken | queued | the thread, which pushes the worker |
#[derive(Debug)]
pub(super) struct Schedule(AtomicUsize);

impl Schedule {
    /// Returns the state of a worker that is about to be pushed.
    pub(super) fn queued() -> Self {
        Self(AtomicUsize::new(QUEUED))
    }

    /// Notes a wake-up; returns `true` if the caller must push the worker.
    pub(super) fn wake(&self) -> bool {
        let woken = self
            .0
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |state| match state {
                IDLE => Some(QUEUED),
                RUNNING => Some(WOKEN),
                _ => None,
            });
        woken == Ok(IDLE)
    }

    /// Begins the turn of a worker that was popped.
    pub(super) fn begin(&self) {
        self.0.store(RUNNING, Ordering::Release);
    }

    /// Ends the turn of a worker that found its queue empty; returns `false` if it was woken since:
    /// the caller must push it.
    pub(super) fn stay_idle(&self) -> bool {
        let idle = self
            .0
            .compare_exchange(RUNNING, IDLE, Ordering::AcqRel, Ordering::Acquire);
        if idle.is_err() {
            self.queue_again();
        }
        idle.is_ok()
    }

    /// Ends the turn of a worker that the caller pushes.
    pub(super) fn queue_again(&self) {
        self.0.store(QUEUED, Ordering::Release);
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;

    #[test]
    fn a_worker_is_pushed_once() {
        let schedule = Schedule::queued();
        assert!(!schedule.wake());
        schedule.begin();
        assert!(schedule.stay_idle());
        assert!(schedule.wake());
        assert!(!schedule.wake());
    }

    #[test]
    fn a_worker_that_is_woken_in_its_turn_is_not_idle() {
        let schedule = Schedule::queued();
        schedule.begin();
        assert!(!schedule.wake());
        assert!(!schedule.wake());
        assert!(!schedule.stay_idle());
        // It is in the run queue again.
        assert!(!schedule.wake());
        schedule.begin();
        schedule.queue_again();
        assert!(!schedule.wake());
    }
}

/// Each schedule of threads in which messages and turns can meet.
#[cfg(all(test, loom))]
mod loom {
    use ::loom::sync::Arc;
    use ::loom::thread;

    use super::*;

    /// A worker, and what is around it.
    struct Model {
        schedule: Schedule,
        messages: AtomicUsize,
        /// The number of times that the worker is in the run queue.
        queued: AtomicUsize,
        /// The number of threads that have the worker.
        threads: AtomicUsize,
    }

    impl Model {
        fn push(&self) {
            assert_eq!(self.queued.fetch_add(1, Ordering::SeqCst), 0);
        }

        fn dispatch(&self) {
            self.messages.fetch_add(1, Ordering::SeqCst);
            if self.schedule.wake() {
                self.push();
            }
        }

        /// Gives the worker a turn if it is in the run queue.
        fn turn(&self) -> bool {
            let popped = self
                .queued
                .compare_exchange(1, 0, Ordering::SeqCst, Ordering::SeqCst);
            if popped.is_err() {
                return false;
            }
            self.schedule.begin();
            assert_eq!(self.threads.fetch_add(1, Ordering::SeqCst), 0);
            self.messages.swap(0, Ordering::SeqCst);
            self.threads.fetch_sub(1, Ordering::SeqCst);
            if !self.schedule.stay_idle() {
                self.push();
            }
            true
        }
    }

    #[test]
    fn no_message_is_left_beside_an_idle_worker() {
        ::loom::model(|| {
            let model = Arc::new(Model {
                schedule: Schedule::queued(),
                messages: AtomicUsize::new(0),
                queued: AtomicUsize::new(1),
                threads: AtomicUsize::new(0),
            });
            let dispatcher = {
                let model = Arc::clone(&model);
                thread::spawn(move || {
                    model.dispatch();
                    model.dispatch();
                })
            };
            let other = {
                let model = Arc::clone(&model);
                thread::spawn(move || {
                    model.turn();
                })
            };
            model.turn();
            dispatcher.join().unwrap();
            other.join().unwrap();
            while model.turn() {}
            assert_eq!(model.messages.load(Ordering::SeqCst), 0);
        });
    }
}
