//! Models of the whole pool, run through random schedules.
//!
//! A wait that does not end is a deadlock, which shuttle reports: no handle stays unresolved, no
//! thread stays, and no pusher sleeps beside a free place, where a model waits for it before it
//! closes the pool. At the end of each schedule the counts are those of what was accepted.

#![expect(
    clippy::unwrap_used,
    reason = "a thread that panicked has failed the model"
)]

mod harness;

use std::future::{self, Future};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use shuttle::rand::{Rng as _, thread_rng};
use shuttle::thread;

use super::{Pool, PoolBuilder, Threads};
use crate::error::{DispatchError, DispatchTimeoutError, JobError, StartError};
use crate::handle::JoinHandle;
use crate::sync::{Mutex, lock};
use crate::worker::{SentinelContext, Worker};
use harness::{
    Closure, Ends, Gate, Output, Run, RunBatch, RunWithState, State, accepted, block_on,
    block_on_with_panics, check, join, panic_quietly, panics, returns, settle, start, start_on,
    start_with,
};

/// Some time: whether it is over is the scheduler's choice.
const TIMEOUT: Duration = Duration::from_secs(1);

/// Spawns a thread with a handle of `pool`.
fn spawn<W: Worker, T: Send + 'static>(
    pool: &Pool<W>,
    run: impl FnOnce(&Pool<W>) -> T + Send + 'static,
) -> thread::JoinHandle<T> {
    let pool = pool.clone();
    thread::spawn(move || run(&pool))
}

/// Waits for the job, if it was accepted.
fn end(dispatched: Result<JoinHandle<Output>, DispatchError<Closure>>) -> Ends {
    match dispatched {
        Ok(handle) => Ends::of(handle),
        Err(DispatchError::Closed(_)) => Ends::default(),
        Err(error @ DispatchError::WouldDeadlock(_)) => panic!("{error}"),
    }
}

/// Polls once; it may be woken, but nobody looks.
fn poll_once<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}

/// Closes the pool, and compares its counts with the ends of all jobs.
fn close_and_compare<W: Worker>(pool: &Pool<W>, ends: Ends) {
    let report = pool.shutdown(Duration::MAX);
    assert_eq!(accepted(&report), ends.total(), "{report}");
    assert_eq!(settle(&pool.shared), ends);
}

#[test]
fn a_close_cuts_the_dispatchers_off() {
    check(|| {
        let pool = start::<Run>(thread_rng().gen_range(1..=2), 1);
        let dispatchers = [1, 2].map(|number| {
            spawn(&pool, move |pool| {
                let first = pool.dispatch(returns(number));
                let second = pool.dispatch(returns(number));
                let mut ends = end(first);
                ends += end(second);
                ends
            })
        });
        let report = pool.shutdown(Duration::MAX);
        let ends: Ends = dispatchers.into_iter().map(join).sum();
        assert_eq!(accepted(&report), ends.total());
        assert_eq!(report.completed, ends.completed);
        assert!(report.is_clean());
        assert_eq!(settle(&pool.shared), ends);
    });
}

#[test]
fn two_shutdowns_report_the_same() {
    check(|| {
        let pool = start::<Run>(1, 2);
        let handle = pool.dispatch(returns(1)).unwrap();
        let other = spawn(&pool, |pool| pool.shutdown(Duration::MAX));
        let mut first = pool.shutdown(Duration::MAX);
        let mut second = join(other);
        assert!(first.repeated != second.repeated);
        (first.repeated, second.repeated) = (false, false);
        assert_eq!(first, second);
        assert_eq!(settle(&pool.shared), Ends::of(handle));
    });
}

#[test]
fn pushers_of_all_kinds_wait_for_a_place() {
    check(|| {
        let pool = start::<Run>(thread_rng().gen_range(1..=2), 1);
        let blocking = spawn(&pool, |pool| {
            let first = pool.dispatch(returns(1)).unwrap();
            let second = pool.dispatch(returns(2)).unwrap();
            let mut ends = Ends::of(first);
            ends += Ends::of(second);
            ends
        });
        let timed = spawn(&pool, |pool| {
            match pool.dispatch_timeout(returns(3), TIMEOUT) {
                Ok(handle) => Ends::of(handle),
                Err(DispatchTimeoutError::Timeout(_)) => Ends::default(),
                Err(error) => panic!("{error}"),
            }
        });
        let polled = spawn(&pool, |pool| {
            let handle = block_on(pool.dispatch_async(returns(4))).unwrap();
            Ends::one(&block_on(handle))
        });
        let ends = [blocking, timed, polled].into_iter().map(join).sum();
        close_and_compare(&pool, ends);
    });
}

#[test]
fn a_job_is_cancelled_or_it_runs() {
    check(|| {
        let pool = start::<Run>(1, 1);
        let cancelling = spawn(&pool, |pool| {
            let mut ends = Ends::default();
            for number in 0..2 {
                let handle = pool.dispatch(returns(number)).unwrap();
                let cancelled = handle.cancel();
                let result = handle.wait();
                assert_eq!(cancelled, matches!(result, Err(JobError::Cancelled)));
                ends += Ends::one(&result);
            }
            ends
        });
        let waiting = spawn(&pool, |pool| Ends::of(pool.dispatch(returns(3)).unwrap()));
        let ends = [cancelling, waiting].into_iter().map(join).sum();
        close_and_compare(&pool, ends);
    });
}

/// One thread waits for the job, another one cancels it.
#[test]
fn a_cancelled_job_wakes_its_waiter() {
    check(|| {
        let pool = start::<Run>(1, 1);
        let gate = Gate::new();
        let blocked = pool.dispatch(busy_until_open(&gate));
        let handle = Arc::new(Mutex::new(pool.dispatch(returns(1)).unwrap()));
        let waiting = {
            let handle = Arc::clone(&handle);
            let poll = move |cx: &mut Context<'_>| Pin::new(&mut *lock(&handle)).poll(cx);
            thread::spawn(|| Ends::one(&block_on(future::poll_fn(poll))))
        };
        // The worker is blocked: nobody but this thread ends the job.
        assert!(lock(&handle).cancel());
        let mut ends = join(waiting);
        assert_eq!(ends.cancelled, 1);
        gate.open();
        ends += end(blocked);
        close_and_compare(&pool, ends);
    });
}

#[test]
fn a_wait_that_times_out_loses_nothing() {
    check(|| {
        let pool = start::<Run>(1, 1);
        let timed = [1, 2].map(|number| {
            spawn(&pool, move |pool| {
                let handle = pool.dispatch(returns(number)).unwrap();
                match handle.wait_timeout(TIMEOUT) {
                    Ok(result) => Ends::one(&result),
                    Err(handle) => Ends::of(handle),
                }
            })
        });
        let ends: Ends = timed.into_iter().map(join).sum();
        assert_eq!(ends.completed, 2);
        close_and_compare(&pool, ends);
    });
}

/// A worker that is busy until a place that it left has been taken: it wakes nobody else meanwhile.
fn busy_until_open(gate: &Arc<Gate>) -> Closure {
    let gate = Arc::clone(gate);
    Box::new(move || {
        gate.wait();
        Ok(0)
    })
}

#[test]
fn a_push_that_is_given_up_leaves_nobody_asleep() {
    check(|| {
        let pool = start::<Run>(1, 1);
        let gate = Gate::new();
        let busy = pool.dispatch(busy_until_open(&gate));
        let given_up = {
            let gate = Arc::clone(&gate);
            spawn(&pool, move |pool| {
                let mut push = pool.dispatch_async(returns(1));
                let polled = poll_once(&mut push);
                drop(push);
                match polled {
                    Poll::Ready(dispatched) => {
                        gate.open();
                        end(dispatched)
                    }
                    Poll::Pending => Ends::default(),
                }
            })
        };
        let blocking = {
            let gate = Arc::clone(&gate);
            spawn(&pool, move |pool| {
                let dispatched = pool.dispatch(returns(2));
                gate.open();
                end(dispatched)
            })
        };
        let polled = spawn(&pool, move |pool| {
            let dispatched = block_on(pool.dispatch_async(returns(3)));
            gate.open();
            end(dispatched)
        });
        let mut ends: Ends = [given_up, blocking, polled].into_iter().map(join).sum();
        ends += end(busy);
        close_and_compare(&pool, ends);
    });
}

/// The second of two messages keeps the worker until both pushers have a place.
#[test]
fn each_place_that_frees_is_taken() {
    check(|| {
        let pool = start::<Run>(1, 2);
        let gate = Gate::new();
        let first = pool.dispatch(returns(1));
        let busy = pool.dispatch(busy_until_open(&gate));
        let pushed = Arc::new(AtomicUsize::new(0));
        let opens = move || {
            if pushed.fetch_add(1, Ordering::Relaxed) == 1 {
                gate.open();
            }
        };
        let blocking = {
            let opens = opens.clone();
            spawn(&pool, move |pool| {
                let dispatched = pool.dispatch(returns(2));
                opens();
                end(dispatched)
            })
        };
        let polled = spawn(&pool, move |pool| {
            let dispatched = block_on(pool.dispatch_async(returns(3)));
            opens();
            end(dispatched)
        });
        let mut ends: Ends = [blocking, polled].into_iter().map(join).sum();
        ends += end(first);
        ends += end(busy);
        close_and_compare(&pool, ends);
    });
}

#[test]
fn a_push_that_is_kept_leaves_nobody_asleep() {
    check(|| {
        let pool = start::<Run>(1, 1);
        let first = pool.dispatch(returns(1));
        let mut kept = pool.dispatch_async(returns(2));
        let kept_end = match poll_once(&mut kept) {
            Poll::Ready(dispatched) => end(dispatched),
            Poll::Pending => Ends::default(),
        };
        let blocking = spawn(&pool, |pool| end(pool.dispatch(returns(3))));
        let polled = spawn(&pool, |pool| end(block_on(pool.dispatch_async(returns(4)))));
        let mut ends: Ends = [blocking, polled].into_iter().map(join).sum();
        ends += kept_end;
        ends += end(first);
        drop(kept);
        close_and_compare(&pool, ends);
    });
}

/// Dropped without having run, it panics.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic_quietly();
    }
}

fn bomb() -> Closure {
    let bomb = Bomb;
    Box::new(move || {
        std::mem::forget(bomb);
        Err("it ran")
    })
}

#[test]
fn foreign_panics_cost_nobody_else() {
    check(|| {
        let pool = start::<Run>(1, 1);
        let panicking = spawn(&pool, |pool| {
            let first = pool.dispatch(panics()).unwrap();
            let second = pool.dispatch(bomb()).unwrap();
            second.cancel();
            let mut ends = Ends::of(first);
            ends += Ends::of(second);
            ends
        });
        let polled = spawn(&pool, |pool| {
            let handle = block_on_with_panics(pool.dispatch_async(panics())).unwrap();
            Ends::one(&block_on_with_panics(handle))
        });
        let blocking = spawn(&pool, |pool| end(pool.dispatch(returns(1))));
        let ends = [panicking, polled, blocking].into_iter().map(join).sum();
        close_and_compare(&pool, ends);
    });
}

#[test]
fn a_close_wakes_pushers_of_all_kinds() {
    check(|| {
        let pool = start::<Run>(1, 1);
        let gate = Gate::new();
        let blocked = pool.dispatch(busy_until_open(&gate));
        let blocking = spawn(&pool, |pool| end(pool.dispatch(returns(1))));
        let panicking = spawn(&pool, |pool| {
            end(block_on_with_panics(pool.dispatch_async(returns(2))))
        });
        let polled = spawn(&pool, |pool| end(block_on(pool.dispatch_async(returns(3)))));
        // Zero: what is queued is abandoned, and nothing is waited for.
        let report = pool.shutdown(Duration::ZERO);
        let mut ends: Ends = [blocking, panicking, polled].into_iter().map(join).sum();
        gate.open();
        ends += end(blocked);
        assert_eq!(accepted(&report), ends.total(), "{report}");
        assert_eq!(settle(&pool.shared), ends);
    });
}

#[test]
fn a_thread_that_leaks_a_context_is_replaced() {
    check(|| {
        let pool = start::<Run>(thread_rng().gen_range(1..=2), 1);
        let leaking = spawn(&pool, |pool| {
            let leak = || -> Closure {
                Box::new(|| {
                    SentinelContext::leak();
                    Ok(1)
                })
            };
            let handles = [leak(), leak()].map(|message| pool.dispatch(message));
            handles.into_iter().map(end).sum::<Ends>()
        });
        let other = spawn(&pool, |pool| end(pool.dispatch(returns(2))));
        let ends: Ends = [leaking, other].into_iter().map(join).sum();
        assert_eq!(ends.completed, 3);
        close_and_compare(&pool, ends);
        assert_eq!(pool.stats().leaked_guards, 2);
    });
}

/// It is replaced while the pool is closed, and before its last job.
#[test]
fn a_close_meets_a_thread_that_is_replaced() {
    check(|| {
        let pool = start::<Run>(1, 2);
        let leaking = pool.dispatch(Box::new(|| {
            SentinelContext::leak();
            Ok(1)
        }));
        let next = pool.dispatch(returns(2));
        let other = spawn(&pool, |pool| end(pool.dispatch(returns(3))));
        let report = pool.shutdown(Duration::MAX);
        assert!(report.is_clean(), "{report}");
        let mut ends = end(leaking);
        ends += end(next);
        ends += join(other);
        assert_eq!(accepted(&report), ends.total());
        assert_eq!(settle(&pool.shared), ends);
    });
}

/// A pool whose threads can make so many states in all.
fn with_states(states: usize, threads: usize, capacity: usize) -> Pool<RunWithState> {
    let made = AtomicUsize::new(0);
    let builder = PoolBuilder::try_with_state(move || {
        if made.fetch_add(1, Ordering::Relaxed) < states {
            Ok(State)
        } else {
            Err("no more states")
        }
    });
    start_with(builder, threads, capacity)
}

#[test]
fn a_state_that_cannot_be_remade_ends_each_job() {
    check(|| {
        let pool = with_states(2, 1, 1);
        let panicking = spawn(&pool, |pool| {
            let handles = [panics(), panics()].map(|message| pool.dispatch(message));
            handles.into_iter().map(end).sum::<Ends>()
        });
        let leaking = spawn(&pool, |pool| {
            let first = pool.dispatch(Box::new(|| {
                SentinelContext::leak();
                Err("leaked")
            }));
            let second = pool.dispatch(returns(1));
            let mut ends = end(first);
            ends += end(second);
            ends
        });
        let ends: Ends = [panicking, leaking].into_iter().map(join).sum();
        assert_eq!(ends.total(), 4);
        close_and_compare(&pool, ends);
    });
}

#[test]
fn a_start_that_fails_leaves_no_thread() {
    check(|| {
        let made = AtomicUsize::new(0);
        let builder = PoolBuilder::<RunWithState>::try_with_state(move || {
            if made.fetch_add(1, Ordering::Relaxed) == 0 {
                Ok(State)
            } else {
                Err("no more states")
            }
        });
        let started = builder.threads(2).queue_capacity(1).start();
        assert!(matches!(started, Err(StartError::State(_))));
    });
}

/// Waits when it is dropped.
struct WaitsInDrop(Arc<Gate>);

impl Drop for WaitsInDrop {
    fn drop(&mut self) {
        self.0.wait();
    }
}

/// A worker, and the `Drop` of a message, wait for what comes only after the shutdown.
#[test]
fn a_shutdown_ends_at_its_deadline() {
    check(|| {
        let pool = start::<Run>(1, 2);
        let gate = Gate::new();
        let messages = [0, 1].map(|number| -> Closure {
            let waits = WaitsInDrop(Arc::clone(&gate));
            Box::new(move || {
                drop(waits);
                Ok(number)
            })
        });
        let handles = messages.map(|message| pool.dispatch(message));
        let other = spawn(&pool, |pool| end(pool.dispatch(returns(3))));
        let report = pool.shutdown(TIMEOUT);
        assert!(report.running <= 1, "{report}");
        assert_eq!(report.completed, 0, "{report}");
        let mut ends = join(other);
        gate.open();
        ends += handles.into_iter().map(end).sum();
        assert_eq!(accepted(&report), ends.total(), "{report}");
        assert_eq!(settle(&pool.shared), ends);
    });
}

/// Shuts its pool down when it is dropped.
struct ShutsDown(Pool<Run>);

impl Drop for ShutsDown {
    fn drop(&mut self) {
        self.0.shutdown(TIMEOUT);
    }
}

/// On the worker's thread, or while it is abandoned.
#[test]
fn a_message_shuts_its_pool_down() {
    check(|| {
        let pool = start::<Run>(thread_rng().gen_range(1..=2), 2);
        let handles = [0, 1].map(|number| {
            let shuts_down = ShutsDown(pool.clone());
            pool.dispatch(Box::new(move || {
                drop(shuts_down);
                Ok(number)
            }))
        });
        let report = pool.shutdown(TIMEOUT);
        let ends: Ends = handles.into_iter().map(end).sum();
        assert_eq!(accepted(&report), ends.total(), "{report}");
        assert_eq!(settle(&pool.shared), ends);
    });
}

/// The step that the scheduler lets happen first: all is run, all is abandoned, or some.
#[test]
fn a_deadline_abandons_what_has_not_begun() {
    check(|| {
        let pool = start::<Run>(thread_rng().gen_range(1..=2), 2);
        let dispatchers = [1, 2].map(|number| {
            spawn(&pool, move |pool| {
                let handles = [returns(number), panics()].map(|message| pool.dispatch(message));
                handles.into_iter().map(end).sum::<Ends>()
            })
        });
        let report = pool.shutdown(TIMEOUT);
        let ends: Ends = dispatchers.into_iter().map(join).sum();
        assert_eq!(accepted(&report), ends.total(), "{report}");
        assert_eq!(settle(&pool.shared), ends);
    });
}

#[test]
fn the_last_handle_closes_the_pool() {
    check(|| {
        let pool = start::<Run>(thread_rng().gen_range(1..=2), 1);
        let shared = Arc::clone(&pool.shared);
        let other = spawn(&pool, |pool| end(pool.dispatch(returns(1))));
        let handle = pool.dispatch(returns(2));
        drop(pool);
        let mut ends = end(handle);
        ends += join(other);
        assert_eq!(ends.completed, 2);
        assert_eq!(settle(&shared), ends);
    });
}

/// A message that dispatches `messages` to its own pool, and waits for all of them.
fn dispatches(pool: &Pool<Run>, accepted: &Arc<AtomicU64>, messages: usize) -> Closure {
    let (pool, accepted) = (pool.clone(), Arc::clone(accepted));
    Box::new(move || {
        let dispatch = |_| {
            let dispatched = pool.dispatch(returns(1));
            accepted.fetch_add(u64::from(dispatched.is_ok()), Ordering::Relaxed);
            dispatched
        };
        let handles: Vec<_> = (0..messages).map(dispatch).collect();
        let ends: Ends = handles.into_iter().map(end).sum();
        u32::try_from(ends.completed).map_err(|_| "too many")
    })
}

#[test]
fn a_context_that_is_leaked_inside_of_a_wait_costs_nobody_else() {
    check(|| {
        let pool = start::<Run>(1, 1);
        let outer = {
            let own = pool.clone();
            pool.dispatch(Box::new(move || {
                let inner = own.dispatch(Box::new(|| {
                    SentinelContext::leak();
                    Ok(1)
                }));
                inner.unwrap().wait().unwrap()
            }))
        };
        let other = spawn(&pool, |pool| end(pool.dispatch(returns(2))));
        let mut ends = end(outer);
        ends += join(other);
        assert_eq!(ends.completed, 2);
        assert_eq!(pool.shutdown(Duration::MAX).completed, 3);
        assert_eq!(settle(&pool.shared).completed, 3);
    });
}

#[test]
fn a_worker_waits_for_its_own_pool_with_a_timeout() {
    check(|| {
        let pool = start::<Run>(thread_rng().gen_range(1..=2), 1);
        let inner = Arc::new(AtomicU64::new(0));
        let message = || -> Closure {
            let (pool, inner) = (pool.clone(), Arc::clone(&inner));
            Box::new(move || {
                let Ok(handle) = pool.dispatch_timeout(returns(1), TIMEOUT) else {
                    return Err("not dispatched");
                };
                inner.fetch_add(1, Ordering::Relaxed);
                let result = handle.wait_timeout(TIMEOUT);
                result.map_or(Err("not waited for"), Result::unwrap)
            })
        };
        let outer = [message(), message()].map(|message| pool.dispatch(message));
        let ends: Ends = outer.into_iter().map(end).sum();
        assert_eq!(ends.total(), 2);
        let report = pool.shutdown(Duration::MAX);
        let all = ends.total() + inner.load(Ordering::Relaxed);
        assert_eq!(accepted(&report), all, "{report}");
        assert_eq!(settle(&pool.shared).total(), all);
    });
}

#[test]
fn a_worker_waits_for_its_own_pool() {
    check(|| {
        let pool = start::<Run>(thread_rng().gen_range(1..=2), 1);
        let inner = Arc::new(AtomicU64::new(0));
        let outer = [1, 2].map(|messages| pool.dispatch(dispatches(&pool, &inner, messages)));
        let other = spawn(&pool, |pool| end(pool.dispatch(returns(3))));
        let mut ends: Ends = outer.into_iter().map(end).sum();
        ends += join(other);
        assert_eq!((ends.completed, ends.total()), (3, 3));
        let report = pool.shutdown(Duration::MAX);
        assert_eq!(accepted(&report), 6, "{report}");
        assert_eq!(settle(&pool.shared).completed, 6);
        assert_eq!(inner.load(Ordering::Relaxed), 3);
    });
}

#[test]
fn a_close_meets_a_worker_that_waits_for_its_own_pool() {
    check(|| {
        let pool = start::<Run>(thread_rng().gen_range(1..=2), 1);
        let inner = Arc::new(AtomicU64::new(0));
        let outer = [1, 2].map(|messages| pool.dispatch(dispatches(&pool, &inner, messages)));
        let timeout = if thread_rng().r#gen() {
            Duration::MAX
        } else {
            TIMEOUT
        };
        let report = pool.shutdown(timeout);
        let ends: Ends = outer.into_iter().map(end).sum();
        let all = ends.total() + inner.load(Ordering::Relaxed);
        assert_eq!(accepted(&report), all, "{report}");
        assert_eq!(settle(&pool.shared).total(), all);
    });
}

/// Its thread cannot run messages meanwhile: an error, unless another thread is faster.
#[test]
fn a_worker_with_a_state_does_not_wait_for_its_own_pool() {
    check(|| {
        let pool = with_states(2, thread_rng().gen_range(1..=2), 1);
        let inner = Arc::new(AtomicU64::new(0));
        let message = || -> Closure {
            let (pool, inner) = (pool.clone(), Arc::clone(&inner));
            Box::new(move || {
                let Ok(handle) = pool.dispatch(returns(1)) else {
                    return Err("not dispatched");
                };
                inner.fetch_add(1, Ordering::Relaxed);
                handle.wait().unwrap_or(Err("not waited for"))
            })
        };
        let outer = [message(), message()].map(|message| pool.dispatch(message));
        let ends: Ends = outer.into_iter().map(end).sum();
        assert_eq!(ends.total(), 2);
        let report = pool.shutdown(Duration::MAX);
        let all = ends.total() + inner.load(Ordering::Relaxed);
        assert_eq!(accepted(&report), all, "{report}");
        assert_eq!(settle(&pool.shared).total(), all);
    });
}

#[test]
fn a_worker_waits_for_another_pool_on_its_threads() {
    check(|| {
        let threads = Threads::new(thread_rng().gen_range(1..=2)).unwrap();
        let (outer, inner) = (start_on(&threads, 1), start_on(&threads, 1));
        let accepted = Arc::new(AtomicU64::new(0));
        let waiting =
            [1, 2].map(|messages| outer.dispatch(dispatches(&inner, &accepted, messages)));
        let other = spawn(&inner, |inner| end(inner.dispatch(returns(3))));
        drop(threads);
        let ends: Ends = waiting.into_iter().map(end).sum();
        assert_eq!((ends.completed, join(other).completed), (2, 1));
        assert_eq!(accepted.load(Ordering::Relaxed), 3);
        assert_eq!(inner.shutdown(Duration::MAX).completed, 4);
        close_and_compare(&outer, ends);
        assert_eq!(settle(&inner.shared).completed, 4);
    });
}

#[test]
fn a_message_on_shared_threads_shuts_a_pool_on_them_down() {
    check(|| {
        let threads = Threads::new(thread_rng().gen_range(1..=2)).unwrap();
        let (first, second) = (start_on(&threads, 2), start_on(&threads, 2));
        let handles = [returns(1), returns(2)].map(|message| first.dispatch(message));
        let messages = [&first, &second].map(|pool| {
            let pool = if thread_rng().r#gen() { &first } else { pool }.clone();
            pool.dispatch(Box::new({
                let shut_down = first.clone();
                move || {
                    let report = shut_down.shutdown(Duration::MAX);
                    report.repeated.then_some(1).ok_or("the first one")
                }
            }))
        });
        drop(threads);
        let second_ends: Ends = messages.into_iter().map(end).sum();
        let first_ends: Ends = handles.into_iter().map(end).sum();
        assert_eq!(first_ends.completed, 2);
        first.shutdown(Duration::MAX);
        second.shutdown(Duration::MAX);
        let mut ends = settle(&first.shared);
        ends += settle(&second.shared);
        assert_eq!(ends.total(), first_ends.total() + second_ends.total());
    });
}

#[test]
fn a_batch_ends_each_of_its_jobs() {
    check(|| {
        let pool = start::<RunBatch>(thread_rng().gen_range(1..=2), 1);
        let cancelling = spawn(&pool, |pool| {
            let handle = pool.dispatch(returns(1)).unwrap();
            handle.cancel();
            Ends::of(handle)
        });
        let blocking = spawn(&pool, |pool| {
            let handles = [returns(2), returns(3)].map(|message| pool.dispatch(message));
            handles.into_iter().map(end).sum::<Ends>()
        });
        let ends = [cancelling, blocking].into_iter().map(join).sum();
        close_and_compare(&pool, ends);
    });
}

#[test]
fn each_message_is_in_one_count() {
    check(|| {
        let pool = start::<Run>(1, 1);
        let (begun, accepted) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let dispatcher = {
            let (begun, accepted) = (Arc::clone(&begun), Arc::clone(&accepted));
            spawn(&pool, move |pool| {
                let mut ends = Ends::default();
                for number in 0..2 {
                    begun.fetch_add(1, Ordering::Relaxed);
                    let handle = pool.dispatch(returns(number)).unwrap();
                    accepted.fetch_add(1, Ordering::Relaxed);
                    ends += Ends::of(handle);
                    // Counted before the reply.
                    assert!(pool.stats().completed >= ends.completed);
                }
                ends
            })
        };
        for _ in 0..2 {
            let accepted = accepted.load(Ordering::Relaxed);
            let stats = pool.stats();
            let counted = stats.queued + stats.running + Ends::from(stats).total();
            let begun = begun.load(Ordering::Relaxed);
            assert!((accepted..=begun).contains(&counted), "{stats}");
        }
        let ends = join(dispatcher);
        close_and_compare(&pool, ends);
    });
}
