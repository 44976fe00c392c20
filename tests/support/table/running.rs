//! Pools on threads, and on the tasks of a runtime.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use tokio::runtime::Runtime;
use tokio::task::LocalSet;
use traced_worker::{AsyncWorker, JoinHandle, Pool, SyncWorker, Threads, Worker};

use super::{Current, Job, Output, Running, Wait};
use crate::hang::yield_until;
use crate::latch::latch;

/// A pool of one thread, which may be a shared one.
#[derive(Debug)]
pub struct OnThread<W: SyncWorker> {
    /// The pool.
    pub pool: Pool<W>,
    /// The shared thread.
    pub threads: Option<Threads>,
}

impl<W: SyncWorker<Message = Job, Output = Output>> Running for OnThread<W> {
    fn dispatch(&self, job: Job) -> Wait<'_> {
        let handle = dispatch(&self.pool, job);
        Box::new(move || handle.wait())
    }

    fn dispatch_and_cancel(&self) -> Wait<'_> {
        let (held, release) = latch();
        let running = dispatch(&self.pool, Job::Hold(held));
        release.wait_until_held();
        let queued = dispatch(&self.pool, Job::Look);
        assert!(queued.cancel());
        drop(release);
        assert!(running.wait().expect("an end").is_ok());
        // The cancelled message is taken out of the queue, and its span ends, before this one.
        assert!(dispatch(&self.pool, Job::Look).wait().is_ok());
        Box::new(move || queued.wait())
    }

    fn left(&self) -> Option<Current> {
        let threads = self.threads.as_ref()?;
        // A closure has the context of its spawn: here none.
        let left = thread::scope(|scope| {
            let spawned = scope.spawn(|| threads.spawn(Current::of_thread).ok()?.wait().ok());
            spawned.join().expect("the thread does not panic")
        });
        Some(left.expect("the threads are there"))
    }
}

/// A pool of one task.
#[derive(Debug)]
pub struct OnTask<W: AsyncWorker> {
    // Dropped in this order.
    /// The pool.
    pub pool: Pool<W>,
    /// Drives the runtime, if there is one.
    pub local: Option<LocalSet>,
    /// The runtime.
    pub runtime: Runtime,
}

impl<W: AsyncWorker> OnTask<W> {
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        match &self.local {
            Some(local) => local.block_on(&self.runtime, future),
            None => self.runtime.block_on(future),
        }
    }
}

impl<W: AsyncWorker<Message = Job, Output = Output>> Running for OnTask<W> {
    fn dispatch(&self, job: Job) -> Wait<'_> {
        let handle = dispatch(&self.pool, job);
        Box::new(move || self.block_on(handle))
    }

    fn dispatch_and_cancel(&self) -> Wait<'_> {
        let arrived = Arc::new(AtomicBool::new(false));
        let handle = dispatch(&self.pool, Job::Pend(Arc::clone(&arrived)));
        Box::new(move || {
            self.block_on(async {
                yield_until(|| arrived.load(Ordering::SeqCst)).await;
                assert!(handle.cancel());
                handle.await
            })
        })
    }

    fn left(&self) -> Option<Current> {
        let left = self.block_on(async {
            if self.local.is_some() {
                tokio::task::spawn_local(async { Current::of_thread() }).await
            } else {
                tokio::spawn(async { Current::of_thread() }).await
            }
        });
        Some(left.expect("the task does not panic"))
    }
}

fn dispatch<W: Worker<Message = Job, Output = Output>>(
    pool: &Pool<W>,
    job: Job,
) -> JoinHandle<Output> {
    pool.dispatch(job).expect("the pool is open")
}
