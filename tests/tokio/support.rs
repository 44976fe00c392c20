//! Runtimes, and futures that pend as often as a test wants.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use tokio::runtime::{Builder, Runtime};
use traced_worker::{AsyncWorker, Pool, TaskPoolBuilder};
use traced_worker_tests::Recorder;

/// Returns a runtime of the calling thread, with its clock paused.
pub(crate) fn current_thread() -> Runtime {
    let mut builder = Builder::new_current_thread();
    builder.enable_time().start_paused(true).build().unwrap()
}

/// Returns a runtime of so many threads.
pub(crate) fn multi_thread(threads: usize) -> Runtime {
    let mut builder = Builder::new_multi_thread();
    builder
        .worker_threads(threads)
        .enable_time()
        .build()
        .unwrap()
}

/// Calls `test` on a runtime of each kind.
pub(crate) fn on_each_runtime(test: impl Fn(&Runtime)) {
    test(&current_thread());
    test(&multi_thread(1));
    test(&multi_thread(2));
}

/// Starts a pool of one task on `runtime` whose spans are recorded.
pub(crate) fn pool<W: AsyncWorker>(
    recorder: &Recorder,
    runtime: &Runtime,
    builder: TaskPoolBuilder<W>,
) -> Pool<W> {
    builder
        .concurrency(1)
        .runtime(runtime.handle())
        .tracer_provider(recorder.provider())
        .start()
        .unwrap()
}

/// A gate that futures wait at until it is opened, and that counts them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gate(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    open: bool,
    arrived: usize,
    wakers: Vec<Waker>,
}

impl Gate {
    pub(crate) fn open(&self) {
        let wakers = {
            let mut state = self.lock();
            state.open = true;
            std::mem::take(&mut state.wakers)
        };
        wakers.into_iter().for_each(Waker::wake);
    }

    /// The number of polls that found it closed.
    pub(crate) fn arrived(&self) -> usize {
        self.lock().arrived
    }

    /// Completes when so many polls have found it closed.
    pub(crate) async fn wait_for(&self, arrived: usize) {
        while self.arrived() < arrived {
            tokio::task::yield_now().await;
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Completes when the gate is open.
impl Future for Gate {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.lock();
        if state.open {
            return Poll::Ready(());
        }
        state.arrived += 1;
        state.wakers.push(cx.waker().clone());
        Poll::Pending
    }
}

/// A future that pends so often, waking itself each time.
#[derive(Debug)]
pub(crate) struct Yields(pub(crate) usize);

impl Future for Yields {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        match self.0.checked_sub(1) {
            None => Poll::Ready(()),
            Some(left) => {
                self.0 = left;
                cx.waker().wake_by_ref();
                Poll::Pending
            }
        }
    }
}

/// Counts how often it is dropped.
#[derive(Clone, Debug, Default)]
pub(crate) struct Drops(Arc<AtomicUsize>);

impl Drops {
    pub(crate) fn get(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    pub(crate) fn guard(&self) -> DropGuard {
        DropGuard(Arc::clone(&self.0))
    }
}

#[derive(Debug)]
pub(crate) struct DropGuard(Arc<AtomicUsize>);

impl Drop for DropGuard {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}
