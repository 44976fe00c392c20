//! Cancellation: of what is queued, and of what runs, at each await point.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context as TaskContext, Poll};
use std::time::Duration;

use opentelemetry::trace::Status;
use traced_worker::{JobError, JoinHandle, traced_worker};
use traced_worker_tests::{Recorder, Wakeups, attribute, yield_until};

use crate::support::{DropGuard, Drops, Gate, current_thread, multi_thread, on_each_runtime, pool};

/// A future that pends at the gates one after the other.
struct Gates {
    gates: Vec<Gate>,
    _held: DropGuard,
}

impl Future for Gates {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<()> {
        while let Some(first) = self.gates.first_mut() {
            std::task::ready!(Pin::new(first).poll(cx));
            self.gates.remove(0);
        }
        Poll::Ready(())
    }
}

#[traced_worker]
async fn pass(gates: Gates) {
    gates.await;
}

const AWAITS: usize = 6;

#[test]
fn a_job_is_cancelled_at_every_await_point() {
    on_each_runtime(|runtime| {
        for point in 0..AWAITS {
            let recorder = Recorder::new();
            let pool = pool(&recorder, runtime, pass::pool());
            let gates: Vec<_> = (0..AWAITS).map(|_| Gate::default()).collect();
            let drops = Drops::default();
            let message = Gates {
                gates: gates.clone(),
                _held: drops.guard(),
            };
            let mut handle = pool.dispatch(message).unwrap();
            let error = runtime.block_on(async {
                for gate in &gates[..point] {
                    gate.wait_for(1).await;
                    gate.open();
                }
                gates[point].wait_for(1).await;
                assert_eq!(drops.get(), 0);
                cancel(&mut handle).await
            });
            assert!(error.is_cancelled());
            assert_eq!(
                drops.get(),
                1,
                "the future is dropped before the handle resolves"
            );
            let span = recorder.only("pass");
            assert_eq!(span.status, Status::Unset);
            let outcome = attribute(&span, "traced_worker.outcome");
            assert_eq!(outcome, Some(&"cancelled".into()));
            let stats = pool.stats();
            assert_eq!((stats.cancelled, stats.completed, stats.running), (1, 0, 0));
        }
    });
}

/// Cancels a job that runs, and returns the error of its handle, whose waker is called once.
async fn cancel<T: std::fmt::Debug>(handle: &mut JoinHandle<T>) -> JobError {
    let wakeups = Wakeups::new();
    assert!(wakeups.poll(handle).is_pending());
    assert!(handle.cancel());
    assert!(!handle.cancel(), "it is cancelled already");
    yield_until(|| wakeups.number() > 0).await;
    let Poll::Ready(Err(error)) = wakeups.poll(handle) else {
        panic!("the handle resolves");
    };
    assert_eq!(wakeups.number(), 1);
    error
}

const HOUR: Duration = Duration::from_secs(3600);

#[traced_worker]
async fn sleep(_held: DropGuard) {
    for _ in 0..AWAITS {
        tokio::time::sleep(HOUR).await;
    }
}

#[test]
fn a_job_is_cancelled_at_every_sleep_of_a_paused_clock() {
    let runtime = current_thread();
    for point in 0..AWAITS {
        let recorder = Recorder::new();
        let pool = pool(&recorder, &runtime, sleep::pool());
        let drops = Drops::default();
        let mut handle = pool.dispatch(drops.guard()).unwrap();
        let hours = u32::try_from(point).unwrap();
        runtime.block_on(async {
            tokio::time::sleep(HOUR * hours + HOUR / 2).await;
            let now = tokio::time::Instant::now();
            assert_eq!(drops.get(), 0);
            assert!(cancel(&mut handle).await.is_cancelled());
            assert_eq!(drops.get(), 1);
            assert_eq!(now.elapsed(), Duration::ZERO, "it waits for no timer");
            tokio::time::sleep(HOUR * 100).await;
        });
        let outcome = recorder.only("sleep");
        let outcome = attribute(&outcome, "traced_worker.outcome");
        assert_eq!(outcome, Some(&"cancelled".into()));
        let stats = pool.stats();
        assert_eq!((stats.cancelled, stats.completed, stats.running), (1, 0, 0));
    }
}

#[test]
fn a_queued_job_is_cancelled_at_once() {
    on_each_runtime(|runtime| {
        let recorder = Recorder::new();
        let pool = pool(&recorder, runtime, pass::pool());
        let (gate, drops) = (Gate::default(), Drops::default());
        let message = |gates| Gates {
            gates,
            _held: drops.guard(),
        };
        let first = pool.dispatch(message(vec![gate.clone()])).unwrap();
        runtime.block_on(async {
            gate.wait_for(1).await;
            let second = pool.dispatch(message(Vec::new())).unwrap();
            assert!(second.cancel());
            assert!(second.is_finished());
            assert!(second.await.unwrap_err().is_cancelled());
            gate.open();
            first.await.unwrap();
            // A message is dropped after it was counted.
            while pool.stats().cancelled == 0 || drops.get() < 2 {
                tokio::task::yield_now().await;
            }
        });
        assert_eq!(drops.get(), 2);
        assert_eq!(recorder.named("pass").len(), 2);
    });
}

#[test]
fn a_job_that_has_ended_is_not_cancelled() {
    on_each_runtime(|runtime| {
        let recorder = Recorder::new();
        let pool = pool(&recorder, runtime, pass::pool());
        let message = Gates {
            gates: Vec::new(),
            _held: Drops::default().guard(),
        };
        let handle = pool.dispatch(message).unwrap();
        runtime.block_on(async {
            while !handle.is_finished() {
                tokio::task::yield_now().await;
            }
            assert!(!handle.cancel());
            handle.await.unwrap();
        });
        assert_eq!(pool.stats().cancelled, 0);
    });
}

/// The waiter is woken once by a cancellation.
#[test]
fn a_cancellation_wakes_the_waiter() {
    let runtime = current_thread();
    let recorder = Recorder::new();
    let pool = pool(&recorder, &runtime, pass::pool());
    let gate = Gate::default();
    let message = Gates {
        gates: vec![gate.clone()],
        _held: Drops::default().guard(),
    };
    let mut handle = pool.dispatch(message).unwrap();
    runtime.block_on(gate.wait_for(1));
    let wakeups = Wakeups::new();
    assert!(wakeups.poll(&mut handle).is_pending());
    assert!(handle.cancel());
    // The future is still there: the runtime was not driven.
    assert_eq!(wakeups.number(), 0);
    runtime.block_on(async {
        while pool.stats().cancelled == 0 {
            tokio::task::yield_now().await;
        }
    });
    assert_eq!(wakeups.number(), 1);
    let Poll::Ready(Err(error)) = wakeups.poll(&mut handle) else {
        panic!("the handle resolves");
    };
    assert!(error.is_cancelled());
}

#[traced_worker]
async fn compute(yields: usize) -> usize {
    // No await point: it cannot be cancelled, and has its output.
    yields
}

#[test]
fn a_future_that_never_pends_completes() {
    let runtime = multi_thread(1);
    let recorder = Recorder::new();
    let pool = pool(&recorder, &runtime, compute::pool());
    for number in 0..100 {
        let handle = pool.dispatch(number).unwrap();
        handle.cancel();
        match runtime.block_on(handle) {
            Ok(output) => assert_eq!(output, number),
            Err(error) => assert!(error.is_cancelled()),
        }
    }
    let stats = pool.stats();
    assert_eq!(
        stats.completed + stats.cancelled + stats.queued + stats.running,
        100
    );
}

#[test]
fn a_dropped_handle_cancels_by_choice() {
    on_each_runtime(|runtime| {
        for cancels in [true, false] {
            let recorder = Recorder::new();
            let builder = pass::pool();
            let builder = if cancels {
                builder.cancel_on_drop()
            } else {
                builder
            };
            let pool = pool(&recorder, runtime, builder);
            let (gate, drops) = (Gate::default(), Drops::default());
            let message = || Gates {
                gates: vec![gate.clone()],
                _held: drops.guard(),
            };
            let running = pool.dispatch(message()).unwrap();
            runtime.block_on(gate.wait_for(1));
            let queued = pool.dispatch(message()).unwrap();
            // Neither is a job without a handle.
            pool.send(message()).unwrap();
            drop(queued);
            drop(running);
            if !cancels {
                gate.open();
            }
            runtime.block_on(async {
                let ended = || {
                    let stats = pool.stats();
                    stats.cancelled + stats.completed
                };
                while ended() < 2 {
                    tokio::task::yield_now().await;
                }
                gate.open();
                while ended() < 3 || drops.get() < 3 {
                    tokio::task::yield_now().await;
                }
            });
            let stats = pool.stats();
            let expected = if cancels { (2, 1) } else { (0, 3) };
            assert_eq!((stats.cancelled, stats.completed), expected);
            assert_eq!(drops.get(), 3);
            assert_eq!(recorder.named("pass").len(), 3);
        }
    });
}

#[test]
fn a_call_that_is_dropped_cancels_by_choice() {
    on_each_runtime(|runtime| {
        let recorder = Recorder::new();
        let pool = pool(&recorder, runtime, pass::pool().cancel_on_drop());
        let (gate, drops) = (Gate::default(), Drops::default());
        let message = Gates {
            gates: vec![gate.clone()],
            _held: drops.guard(),
        };
        runtime.block_on(async {
            let call = pool.call_async(message);
            tokio::select! {
                _ = call => panic!("the gate is closed"),
                () = gate.wait_for(1) => {}
            }
            while pool.stats().cancelled == 0 {
                tokio::task::yield_now().await;
            }
        });
        assert_eq!(drops.get(), 1);
        assert_eq!(recorder.named("call pass").len(), 1);
    });
}
