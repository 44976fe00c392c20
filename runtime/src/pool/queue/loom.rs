//! Models of the waiting, run through all schedules with few preemptions. A wake-up that is lost is
//! a deadlock, which loom reports.

#![expect(
    clippy::unwrap_used,
    reason = "a thread that panicked has failed the model"
)]

use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Waker};

use loom::sync::{Arc, Condvar, Mutex};
use loom::thread::{self, JoinHandle};

use super::parker::Parker;
use super::poll_pop::PopWaiter;
use super::{PushError, PushWaiter, Queue, Wait};

/// A queue with so many items in it: 0, 1, ..
fn queue(capacity: usize, workers: usize, items: u32) -> Arc<Queue<u32>> {
    let queue = Queue::new(capacity, workers);
    for item in 0..items {
        assert!(queue.push(item, Wait::Never).is_ok());
    }
    Arc::new(queue)
}

fn spawn<R: 'static>(
    queue: &Arc<Queue<u32>>,
    run: impl FnOnce(&Queue<u32>) -> R + 'static,
) -> JoinHandle<R> {
    let queue = Arc::clone(queue);
    thread::spawn(move || run(&queue))
}

/// Runs `run` in all schedules that preempt a thread so often at most.
fn model(preemptions: usize, run: impl Fn() + Sync + Send + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound.get_or_insert(preemptions);
    model.max_branches = 100_000;
    model.check(run);
}

fn poll(queue: &Queue<u32>, item: &mut Option<u32>, waiter: &mut PushWaiter) -> Poll<bool> {
    let mut context = Context::from_waker(Waker::noop());
    let polled = queue.poll_push(item, waiter, &mut context);
    polled.map(|pushed| pushed.is_ok())
}

/// And no search is left over, which would keep the next push from waking a thread.
#[test]
fn a_push_wakes_a_thread_that_parks() {
    for capacity in [1, 2] {
        model(3, move || {
            let queue = queue(capacity, 1, 0);
            let worker = spawn(&queue, |queue| queue.pop(0, || ()));
            assert!(queue.push(7, Wait::Never).is_ok());
            assert_eq!(worker.join().unwrap(), Some(7));
            assert!(!queue.idle.is_searching());
        });
    }
}

/// Each thread keeps its item until the other one has one, too.
#[test]
fn no_thread_sleeps_beside_an_item() {
    model(1, || {
        let queue = queue(2, 2, 0);
        let busy = Arc::new((Mutex::new(0), Condvar::new()));
        let workers = [0, 1].map(|worker| {
            let busy = Arc::clone(&busy);
            spawn(&queue, move |queue| {
                assert!(queue.pop(worker, || ()).is_some());
                let mut number = busy.0.lock().unwrap();
                *number += 1;
                busy.1.notify_all();
                while *number < 2 {
                    number = busy.1.wait(number).unwrap();
                }
            })
        });
        assert!(queue.push(1, Wait::Never).is_ok());
        assert!(queue.push(2, Wait::Never).is_ok());
        for worker in workers {
            worker.join().unwrap();
        }
    });
}

#[test]
fn a_close_cuts_exactly() {
    for capacity in [1, 2] {
        model(2, move || {
            let queue = queue(capacity, 1, 0);
            let pusher = spawn(&queue, |queue| queue.push(1, Wait::Never).is_ok());
            let worker = spawn(&queue, |queue| {
                let mut popped = 0;
                while queue.pop(0, || ()).is_some() {
                    popped += 1;
                }
                popped
            });
            queue.close().wake();
            let (queued, taken) = queue.counts();
            let accepted = u64::from(pusher.join().unwrap());
            assert_eq!(worker.join().unwrap(), accepted);
            assert_eq!(queued + taken, accepted);
            assert_eq!(queue.counts(), (0, accepted));
        });
    }
}

#[test]
fn a_close_wakes_all_threads() {
    model(2, || {
        let queue = queue(1, 2, 0);
        let workers = [0, 1].map(|worker| spawn(&queue, move |queue| queue.pop(worker, || ())));
        queue.close().wake();
        for worker in workers {
            assert_eq!(worker.join().unwrap(), None);
        }
    });
}

#[test]
fn a_close_wakes_all_pushers() {
    model(2, || {
        let queue = queue(1, 1, 1);
        let pushers =
            [1, 2].map(|item| spawn(&queue, move |queue| queue.push(item, Wait::Forever)));
        queue.close().wake();
        for pusher in pushers {
            assert!(matches!(pusher.join().unwrap(), Err(PushError::Closed(_))));
        }
    });
}

#[test]
fn a_pop_wakes_a_pusher_that_parks() {
    for capacity in [1, 2] {
        model(2, move || {
            let queue = queue(capacity, 1, u32::try_from(capacity).unwrap());
            let pusher = spawn(&queue, |queue| queue.push(9, Wait::Forever).is_ok());
            assert_eq!(queue.try_pop(0), Some(0));
            assert!(pusher.join().unwrap());
        });
    }
}

/// Either it was woken before it is given up, or after.
#[test]
fn a_push_that_is_given_up_hands_its_wake_up_on() {
    model(2, || {
        let queue = queue(1, 1, 1);
        let (mut item, mut waiter) = (Some(8), PushWaiter::default());
        assert!(poll(&queue, &mut item, &mut waiter).is_pending());
        let pusher = spawn(&queue, |queue| queue.push(9, Wait::Forever).is_ok());
        let worker = spawn(&queue, |queue| queue.try_pop(0));
        queue.cancel_push(&mut waiter);
        assert!(pusher.join().unwrap());
        assert_eq!(worker.join().unwrap(), Some(0));
    });
}

/// It may take the first place, and be woken for the second before it is no longer registered.
#[test]
fn a_push_that_ends_hands_its_wake_up_on() {
    struct Woken(std::sync::atomic::AtomicBool);
    impl std::task::Wake for Woken {
        fn wake(self: std::sync::Arc<Self>) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    model(3, || {
        let queue = queue(2, 1, 2);
        let other = spawn(&queue, |queue| {
            assert_eq!(queue.try_pop(0), Some(0));
            let woken = std::sync::Arc::new(Woken(false.into()));
            let waker = Waker::from(std::sync::Arc::clone(&woken));
            let mut context = Context::from_waker(&waker);
            let (mut item, mut waiter) = (Some(9), PushWaiter::default());
            let polled = queue.poll_push(&mut item, &mut waiter, &mut context);
            assert_eq!(queue.try_pop(0), Some(1));
            (polled.is_pending(), woken)
        });
        let (mut item, mut waiter) = (Some(8), PushWaiter::default());
        if poll(&queue, &mut item, &mut waiter).is_pending() {
            queue.cancel_push(&mut waiter);
        }
        let (waits, woken) = other.join().unwrap();
        assert!(!waits || woken.0.load(Ordering::Relaxed));
    });
}

/// It was woken for the only place, and is never polled again.
#[test]
fn a_push_that_is_kept_leaves_no_other_asleep_beside_an_empty_queue() {
    model(2, || {
        let queue = queue(1, 1, 1);
        let (mut item, mut waiter) = (Some(8), PushWaiter::default());
        assert!(poll(&queue, &mut item, &mut waiter).is_pending());
        let pusher = spawn(&queue, |queue| queue.push(9, Wait::Forever).is_ok());
        assert_eq!(queue.pop(0, || ()), Some(0));
        assert_eq!(queue.pop(0, || ()), Some(9));
        assert!(pusher.join().unwrap());
    });
}

#[test]
fn every_item_is_in_one_count() {
    model(2, || {
        let queue = queue(2, 1, 2);
        let worker = spawn(&queue, |queue| {
            assert!(queue.try_pop(0).is_some());
            assert!(queue.try_pop(0).is_some());
        });
        let (queued, taken) = queue.counts();
        assert_eq!(queued + taken, 2);
        worker.join().unwrap();
    });
}

/// Pops on a thread that does what a task does: it is polled when its waker was called.
fn pop_as_task(queue: &Queue<u32>, worker: usize) -> Option<u32> {
    let parker = std::sync::Arc::new(Parker::new());
    let waker = Waker::from(std::sync::Arc::clone(&parker));
    let mut context = Context::from_waker(&waker);
    let mut waiter = PopWaiter::default();
    loop {
        if let Poll::Ready(popped) = queue.poll_pop(worker, &mut waiter, &mut context) {
            return popped;
        }
        parker.park(None);
    }
}

#[test]
fn a_push_wakes_a_task_that_waits() {
    for capacity in [1, 2] {
        model(3, move || {
            let queue = queue(capacity, 1, 0);
            let worker = spawn(&queue, |queue| pop_as_task(queue, 0));
            assert!(queue.push(7, Wait::Never).is_ok());
            assert_eq!(worker.join().unwrap(), Some(7));
            assert!(!queue.idle.is_searching());
        });
    }
}

/// Each task keeps its item until the other one has one, too.
#[test]
fn no_task_waits_beside_an_item() {
    model(1, || {
        let queue = queue(2, 2, 0);
        let busy = Arc::new((Mutex::new(0), Condvar::new()));
        let workers = [0, 1].map(|worker| {
            let busy = Arc::clone(&busy);
            spawn(&queue, move |queue| {
                assert!(pop_as_task(queue, worker).is_some());
                let mut number = busy.0.lock().unwrap();
                *number += 1;
                busy.1.notify_all();
                while *number < 2 {
                    number = busy.1.wait(number).unwrap();
                }
            })
        });
        assert!(queue.push(1, Wait::Never).is_ok());
        assert!(queue.push(2, Wait::Never).is_ok());
        for worker in workers {
            worker.join().unwrap();
        }
    });
}

#[test]
fn a_close_wakes_all_tasks() {
    model(2, || {
        let queue = queue(1, 2, 0);
        let workers = [0, 1].map(|worker| spawn(&queue, move |queue| pop_as_task(queue, worker)));
        queue.close().wake();
        for worker in workers {
            assert_eq!(worker.join().unwrap(), None);
        }
    });
}

/// It is woken before it is dropped, or after, or not at all.
#[test]
fn a_task_that_is_dropped_hands_its_wake_up_on() {
    model(2, || {
        let queue = queue(2, 2, 0);
        let other = spawn(&queue, |queue| pop_as_task(queue, 0));
        let pusher = spawn(&queue, |queue| queue.push(7, Wait::Never).is_ok());
        let mut waiter = PopWaiter::default();
        let mut context = Context::from_waker(Waker::noop());
        match queue.poll_pop(1, &mut waiter, &mut context) {
            // It took the item: another one is needed for the other task.
            Poll::Ready(_) => assert!(queue.push(8, Wait::Never).is_ok()),
            Poll::Pending => queue.cancel_pop(1, &mut waiter),
        }
        assert!(pusher.join().unwrap());
        assert!(other.join().unwrap().is_some());
    });
}

/// It was woken for the first item, and is not polled any more.
#[test]
fn a_task_that_is_kept_leaves_no_other_asleep_beside_a_second_item() {
    model(2, || {
        let queue = queue(2, 2, 0);
        let mut waiter = PopWaiter::default();
        let mut context = Context::from_waker(Waker::noop());
        assert!(queue.poll_pop(1, &mut waiter, &mut context).is_pending());
        let other = spawn(&queue, |queue| pop_as_task(queue, 0));
        assert!(queue.push(7, Wait::Never).is_ok());
        assert!(queue.push(8, Wait::Never).is_ok());
        assert!(other.join().unwrap().is_some());
    });
}

#[test]
fn a_task_that_pops_wakes_a_pusher_that_parks() {
    model(2, || {
        let queue = queue(1, 1, 1);
        let pusher = spawn(&queue, |queue| queue.push(9, Wait::Forever).is_ok());
        assert_eq!(pop_as_task(&queue, 0), Some(0));
        assert_eq!(pop_as_task(&queue, 0), Some(9));
        assert!(pusher.join().unwrap());
    });
}
