//! Jobs that wait for their own pool.

use std::future::Future;
use std::pin::Pin;

use traced_worker::{DispatchError, JobError, Pool, traced_worker};
use traced_worker_tests::Recorder;

use crate::support::{Gate, Yields, on_each_runtime, pool};

type BoxedOutput = Pin<Box<dyn Future<Output = Result<u64, JobError>> + Send>>;

/// Returns the sum of `0..=depth`, each by a job of its own.
#[traced_worker]
async fn sum(pool: Pool<sum>, depth: u64) -> Result<u64, JobError> {
    Yields(1).await;
    if depth == 0 {
        return Ok(0);
    }
    let inner: BoxedOutput = {
        let handle = pool.dispatch_async((pool.clone(), depth - 1));
        let handle = handle.await.map_err(|_| JobError::WouldDeadlock)?;
        Box::pin(async move { handle.await? })
    };
    Ok(inner.await? + depth)
}

#[test]
fn a_job_awaits_a_job_of_its_own_pool() {
    on_each_runtime(|runtime| {
        for concurrency in [1, 2] {
            let recorder = Recorder::new();
            let pool = sum::pool()
                .concurrency(concurrency)
                .queue_capacity(1)
                .runtime(runtime.handle())
                .tracer_provider(recorder.provider())
                .start()
                .unwrap();
            let handle = pool.dispatch((pool.clone(), 30)).unwrap();
            assert_eq!(runtime.block_on(handle).unwrap().unwrap(), 465);
            let mut spans = recorder.named("sum");
            assert_eq!(spans.len(), 31);
            // Each is the parent of the one that ended before it.
            spans.reverse();
            for pair in spans.windows(2) {
                Recorder::assert_child(&pair[1], &pair[0]);
            }
        }
    });
}

#[test]
fn too_many_waits_inside_of_each_other_are_an_error() {
    on_each_runtime(|runtime| {
        let recorder = Recorder::new();
        let pool = pool(&recorder, runtime, sum::pool());
        let handle = pool.dispatch((pool.clone(), 100)).unwrap();
        let error = runtime.block_on(handle).unwrap().unwrap_err();
        assert!(matches!(error, JobError::WouldDeadlock), "{error}");
        // The pool goes on.
        let handle = pool.dispatch((pool.clone(), 3)).unwrap();
        assert_eq!(runtime.block_on(handle).unwrap().unwrap(), 6);
    });
}

#[traced_worker]
async fn fill(pool: Pool<fill>, count: u32) -> Result<u32, DispatchError<()>> {
    let mut sent = 0;
    for _ in 0..count {
        let sending = pool.send_async((pool.clone(), 0));
        sending
            .await
            .map_err(|_| DispatchError::WouldDeadlock(()))?;
        sent += 1;
    }
    Ok(sent)
}

/// The job is the only one that could make room.
#[test]
fn a_job_awaits_a_place_in_its_own_queue() {
    on_each_runtime(|runtime| {
        let recorder = Recorder::new();
        let pool = pool(&recorder, runtime, fill::pool().queue_capacity(1));
        let handle = pool.dispatch((pool.clone(), 200)).unwrap();
        assert_eq!(runtime.block_on(handle).unwrap(), Ok(200));
    });
}

#[traced_worker]
async fn gated(pool: Option<Pool<gated>>, gate: Gate) {
    match pool {
        Some(pool) => {
            // Another branch than the handle completes.
            let waiting = pool.dispatch((None, Gate::default())).unwrap();
            tokio::select! {
                _ = waiting => panic!("its gate is closed"),
                () = gate => {}
            }
        }
        None => gate.await,
    }
}

/// A wait in a `select!` is no deadlock, and no error.
#[test]
fn a_wait_that_ends_otherwise_is_no_error() {
    on_each_runtime(|runtime| {
        let recorder = Recorder::new();
        let pool = pool(&recorder, runtime, gated::pool().cancel_on_drop());
        let gate = Gate::default();
        let handle = pool.dispatch((Some(pool.clone()), gate.clone())).unwrap();
        runtime.block_on(async {
            gate.wait_for(1).await;
            gate.open();
            handle.await.unwrap();
            while pool.stats().cancelled == 0 {
                tokio::task::yield_now().await;
            }
        });
        assert_eq!(pool.stats().completed, 1);
    });
}
