//! Kinds of runtimes, and the ends of a runtime.

use std::time::Duration;

use tokio::task::LocalSet;
use traced_worker::{DispatchError, traced_worker};
use traced_worker_tests::{Recorder, attribute, wait_until};

use crate::support::{
    DropGuard, Drops, Gate, Yields, current_thread, multi_thread, on_each_runtime, pool,
};

#[traced_worker]
async fn sleep(time: Duration) -> tokio::time::Instant {
    tokio::time::sleep(time).await;
    tokio::time::Instant::now()
}

#[test]
fn a_paused_clock_advances() {
    let runtime = current_thread();
    let recorder = Recorder::new();
    runtime.block_on(async {
        let start = tokio::time::Instant::now();
        let pool = sleep::pool()
            .concurrency(3)
            .tracer_provider(recorder.provider())
            .start()
            .unwrap();
        let hour = Duration::from_secs(3600);
        let handles: Vec<_> = [hour, hour, hour, hour]
            .into_iter()
            .map(|time| pool.dispatch(time).unwrap())
            .collect();
        let mut hours = Vec::new();
        for handle in handles {
            let ended = handle.await.unwrap();
            hours.push((ended - start).as_secs() / 3600);
        }
        // Three at once, then the fourth.
        assert_eq!(hours, [1, 1, 1, 2]);
    });
    assert_eq!(recorder.named("sleep").len(), 4);
}

#[traced_worker]
async fn double(number: u64) -> u64 {
    Yields(1).await;
    number * 2
}

#[test]
fn a_local_set_is_like_its_runtime() {
    let runtime = current_thread();
    let recorder = Recorder::new();
    LocalSet::new().block_on(&runtime, async {
        let builder = double::pool().tracer_provider(recorder.provider());
        let pool = builder.start().unwrap();
        let local = std::rc::Rc::new(pool);
        let spawned = {
            let local = std::rc::Rc::clone(&local);
            tokio::task::spawn_local(async move { local.call_async(4).await.unwrap() })
        };
        assert_eq!(spawned.await.unwrap(), 8);
    });
    assert_eq!(recorder.named("double").len(), 1);
}

#[traced_worker]
async fn block(number: u64) -> u64 {
    tokio::task::block_in_place(|| {
        let inner = tokio::runtime::Handle::current();
        inner.block_on(Yields(3));
    });
    Yields(1).await;
    number * 2
}

#[test]
fn a_job_may_block_in_place() {
    let runtime = multi_thread(1);
    let recorder = Recorder::new();
    let pool = pool(&recorder, &runtime, block::pool());
    let other = pool.clone();
    let output = runtime.block_on(async move {
        let spawned = tokio::spawn(async move {
            tokio::task::block_in_place(|| other.dispatch(4).unwrap().wait().unwrap())
        });
        spawned.await.unwrap()
    });
    assert_eq!(output, 8);
}

#[traced_worker]
async fn spin(rounds: u32) -> u32 {
    rounds
}

/// Jobs that are always ready let other tasks of the runtime run.
#[test]
fn ready_jobs_do_not_starve_other_tasks() {
    let runtime = current_thread();
    let recorder = Recorder::with_sampler(opentelemetry_sdk::trace::Sampler::AlwaysOff);
    let pool = pool(&recorder, &runtime, spin::pool().queue_capacity(10_000));
    for round in 0..10_000 {
        pool.send(round).unwrap();
    }
    runtime.block_on(async {
        tokio::spawn(std::future::ready(())).await.unwrap();
        let completed = pool.stats().completed;
        assert!(
            completed < 2_000,
            "{completed} jobs ran before another task"
        );
    });
}

#[traced_worker]
async fn hold(message: (DropGuard, Gate)) {
    let (_held, gate) = message;
    gate.await;
}

/// Nothing is lost: what runs is cancelled, what is queued is abandoned.
#[test]
fn a_runtime_that_is_dropped_ends_every_job() {
    for make in [
        current_thread as fn() -> _,
        || multi_thread(1),
        || multi_thread(3),
    ] {
        let runtime = make();
        let recorder = Recorder::new();
        let pool = hold::pool()
            .concurrency(4)
            .queue_capacity(64)
            .runtime(runtime.handle())
            .tracer_provider(recorder.provider())
            .start()
            .unwrap();
        let (gate, drops) = (Gate::default(), Drops::default());
        let message = || (drops.guard(), gate.clone());
        let handles: Vec<_> = (0..20).map(|_| pool.dispatch(message()).unwrap()).collect();
        runtime.block_on(gate.wait_for(4));
        drop(runtime);
        let (mut cancelled, mut abandoned) = (0, 0);
        for handle in handles {
            let error = handle.wait().unwrap_err();
            cancelled += u64::from(error.is_cancelled());
            abandoned += u64::from(error.is_abandoned());
        }
        assert_eq!((cancelled, abandoned), (4, 16));
        assert!(pool.is_closed());
        assert!(matches!(
            pool.send(message()),
            Err(DispatchError::Closed(_))
        ));
        let stats = pool.stats();
        assert_eq!((stats.cancelled, stats.abandoned), (4, 16));
        assert_eq!((stats.running, stats.queued), (0, 0));
        // The messages' destructors run on a thread of their own.
        wait_until(|| drops.get() == 21);
        let spans = recorder.named("hold");
        assert_eq!(spans.len(), 20);
        let is_cancelled = |span| attribute(span, "traced_worker.outcome").is_some();
        assert_eq!(spans.iter().filter(|span| is_cancelled(span)).count(), 4);
        let report = pool.shutdown(Duration::from_secs(10));
        assert_eq!((report.cancelled, report.abandoned), (4, 16));
    }
}

/// Dispatchers run while the runtime is dropped: each accepted message has one end.
#[test]
fn a_runtime_that_is_dropped_under_load_answers_every_handle() {
    for _ in 0..20 {
        let runtime = multi_thread(2);
        let recorder = Recorder::new();
        let pool = double::pool()
            .concurrency(4)
            .queue_capacity(8)
            .runtime(runtime.handle())
            .tracer_provider(recorder.provider())
            .start()
            .unwrap();
        let accepted: u64 = std::thread::scope(|scope| {
            let dispatchers: Vec<_> = (0..2)
                .map(|_| {
                    let pool = pool.clone();
                    scope.spawn(move || {
                        let mut handles = Vec::new();
                        while let Ok(handle) = pool.dispatch(4) {
                            handles.push(handle);
                        }
                        let accepted = handles.len() as u64;
                        for handle in handles {
                            match handle.wait() {
                                Ok(output) => assert_eq!(output, 8),
                                Err(error) => assert!(error.is_cancelled() || error.is_abandoned()),
                            }
                        }
                        accepted
                    })
                })
                .collect();
            wait_until(|| pool.stats().completed > 100);
            drop(runtime);
            let accepted = dispatchers.into_iter().map(|it| it.join().unwrap());
            accepted.sum()
        });
        let stats = pool.stats();
        let ended = stats.completed + stats.cancelled + stats.abandoned;
        assert_eq!(
            (ended, stats.queued, stats.running),
            (accepted, 0, 0),
            "{stats}"
        );
        wait_until(|| recorder.named("double").len() as u64 == accepted);
    }
}

/// The futures of a runtime that nobody drives are not polled, and the pool can be dropped.
#[test]
fn a_pool_is_dropped_before_its_runtime() {
    on_each_runtime(|runtime| {
        let recorder = Recorder::new();
        let pool = pool(&recorder, runtime, double::pool());
        let handle = pool.dispatch(4).unwrap();
        drop(pool);
        assert_eq!(runtime.block_on(handle).unwrap(), 8);
    });
}
