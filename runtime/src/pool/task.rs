//! A task of a pool: takes jobs out of the queue and runs their futures.

use std::future::{self, Future};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{self, Poll, ready};

use tokio::task::coop;

use super::Shared;
use super::job::{self, Job};
use super::queue::PopWaiter;
use super::threads::RunningThread;
use crate::error::JobError;
use crate::handle::Reply;
use crate::reentrant::{self, CurrentJob, JobWaits};
use crate::unwind;
use crate::worker::{AsyncRun, AsyncWorker, Runner};

/// A job that runs beside another one.
type BoxedJob = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A worker of the pool that is a task.
pub(super) struct WorkerTask<W: AsyncWorker> {
    index: usize,
    shared: Arc<Shared<W>>,
    runner: Runner,
    waiter: PopWaiter,
    /// Those of the first of the jobs that run.
    waits: JobWaits,
    /// Dropped last: the queue is swept once no task is left.
    _running: RunningThread<W>,
}

impl<W: AsyncWorker> WorkerTask<W> {
    pub(super) fn new(index: usize, shared: &Arc<Shared<W>>) -> Self {
        Self {
            index,
            shared: Arc::clone(shared),
            runner: Runner::new(shared.provider.clone()),
            waiter: PopWaiter::default(),
            waits: JobWaits::default(),
            _running: RunningThread::new(Arc::clone(shared)),
        }
    }

    /// Runs messages until the queue is closed and empty.
    pub(super) async fn run(mut self) {
        while let Some(job) = future::poll_fn(|cx| self.poll_pop(cx)).await {
            if let Some(first) = self.start(job) {
                self.run_with_others(first).await;
            }
        }
    }

    fn poll_pop(&mut self, cx: &mut task::Context<'_>) -> Poll<Option<Job<W>>> {
        // A queue that is never empty must not keep the runtime's thread from other tasks.
        let progress = ready!(coop::poll_proceed(cx));
        let queue = &self.shared.queue;
        let polled = queue.poll_pop(self.index, &mut self.waiter, cx);
        match polled {
            Poll::Ready(_) => progress.made_progress(),
            Poll::Pending => self.runner.release_tracer(),
        }
        polled
    }

    /// Begins a job; returns `None` if it has ended already.
    fn start(&mut self, job: Job<W>) -> Option<impl Future<Output = ()> + Send + use<W>> {
        let (index, shared) = (self.index, &self.shared);
        let runner = &mut self.runner;
        if shared.is_abandoning() {
            shared.discard(index, runner, job, JobError::Abandoned);
            return None;
        }
        if !job.reply.as_ref().is_none_or(Reply::begin_task) {
            shared.discard(index, runner, job, JobError::Cancelled);
            return None;
        }
        let (run, future) = runner.start_async::<W>(job.message, job.envelope);
        match future {
            Ok(future) => Some(drive(Arc::clone(shared), index, run, job.reply, future)),
            Err(panic) => {
                shared.finish(index, job.reply, run.finish::<W>(Err(panic)));
                None
            }
        }
    }

    /// Runs `first`, and others beside it while all of them wait for this pool.
    async fn run_with_others<F>(&mut self, first: F)
    where
        F: Future<Output = ()> + Send,
    {
        let mut first = pin!(first);
        if self.waits.is_waiting() {
            // A handle that the job before awaited is awaited elsewhere.
            self.waits = JobWaits::default();
        }
        let mut first_waits = Some(self.waits.clone());
        let mut others: Vec<(JobWaits, BoxedJob)> = Vec::new();
        let pool = self.shared.id();
        future::poll_fn(|cx| {
            loop {
                let is_last = others.len() >= reentrant::MAX_DEPTH;
                let job = |waits: &JobWaits| CurrentJob {
                    pool,
                    waits: waits.clone(),
                    is_last,
                };
                if let Some(waits) = &first_waits
                    && reentrant::enter_job(job(waits), || first.as_mut().poll(cx)).is_ready()
                {
                    first_waits = None;
                }
                others.retain_mut(|(waits, other)| {
                    reentrant::enter_job(job(waits), || other.as_mut().poll(cx)).is_pending()
                });
                if first_waits.is_none() && others.is_empty() {
                    break;
                }
                let others_waits = others.iter().map(|(waits, _)| waits);
                let may_take = !is_last
                    && first_waits
                        .iter()
                        .chain(others_waits)
                        .all(JobWaits::is_waiting);
                if !may_take {
                    self.shared.queue.cancel_pop(self.index, &mut self.waiter);
                    return Poll::Pending;
                }
                let Some(taken) = ready!(self.poll_pop(cx)) else {
                    // The queue is closed and empty: other tasks have the jobs.
                    return Poll::Pending;
                };
                if let Some(other) = self.start(taken) {
                    others.push((JobWaits::default(), Box::pin(other)));
                }
            }
            self.shared.queue.cancel_pop(self.index, &mut self.waiter);
            Poll::Ready(())
        })
        .await;
    }
}

impl<W: AsyncWorker> Drop for WorkerTask<W> {
    fn drop(&mut self) {
        self.shared.queue.cancel_pop(self.index, &mut self.waiter);
        self.runner.release_tracer();
    }
}

/// Runs the future of one job to its end.
async fn drive<W: AsyncWorker>(
    shared: Arc<Shared<W>>,
    index: usize,
    run: AsyncRun,
    reply: Option<Reply<W::Output>>,
    future: impl Future<Output = W::Output>,
) {
    let mut future = pin!(Some(future));
    // Declared after the future, and so dropped before it.
    let mut running = RunningJob {
        shared,
        index,
        run: Some(run),
        reply,
        future: future.as_mut(),
    };
    let result = future::poll_fn(|cx| running.poll(cx)).await;
    running.end(result);
}

/// A job that runs. Dropping it drops its future under the worker's context, ends its span and resolves
/// its handle.
struct RunningJob<'a, W: AsyncWorker, F> {
    shared: Arc<Shared<W>>,
    index: usize,
    /// `None` once the job has ended.
    run: Option<AsyncRun>,
    reply: Option<Reply<W::Output>>,
    future: Pin<&'a mut Option<F>>,
}

impl<W, F> RunningJob<'_, W, F>
where
    W: AsyncWorker,
    F: Future<Output = W::Output>,
{
    fn poll(&mut self, cx: &mut task::Context<'_>) -> Poll<Result<W::Output, JobError>> {
        let (Some(run), Some(future)) = (&mut self.run, self.future.as_mut().as_pin_mut()) else {
            return Poll::Pending;
        };
        if is_cancelling(self.reply.as_ref()) {
            return Poll::Ready(Err(JobError::Cancelled));
        }
        match run.poll(future, cx) {
            Err(panic) => return Poll::Ready(Err(JobError::Panicked(panic))),
            Ok(Poll::Ready(output)) => return Poll::Ready(Ok(output)),
            Ok(Poll::Pending) => {}
        }
        if let Some(reply) = &self.reply {
            reply.register_task(cx.waker());
        }
        if is_cancelling(self.reply.as_ref()) {
            Poll::Ready(Err(JobError::Cancelled))
        } else {
            Poll::Pending
        }
    }
}

impl<W: AsyncWorker, F> RunningJob<'_, W, F> {
    /// Drops the future, ends the span, counts the job and resolves its handle: once.
    fn end(&mut self, result: Result<W::Output, JobError>) {
        let Some(mut run) = self.run.take() else {
            return;
        };
        run.drop_attached(|| self.future.set(None));
        let counters = &self.shared.counters[self.index];
        if run.has_leaked_guard() {
            counters.leaked_guard();
        }
        let reply = self.reply.take();
        let returned = match result {
            Ok(output) => Ok(output),
            Err(JobError::Panicked(panic)) => Err(panic),
            Err(reason) => {
                run.end_early(&reason);
                counters.ended_early(&reason);
                return job::resolve(reply, Err(reason));
            }
        };
        self.shared
            .finish(self.index, reply, run.finish::<W>(returned));
    }
}

impl<W: AsyncWorker, F> Drop for RunningJob<'_, W, F> {
    fn drop(&mut self) {
        // The runtime shuts down, or the shutdown of the pool timed out.
        let reason = if self.shared.is_abandoning() {
            JobError::Abandoned
        } else {
            JobError::Cancelled
        };
        let _ = unwind::catch(|| self.end(Err(reason)));
    }
}

fn is_cancelling<T>(reply: Option<&Reply<T>>) -> bool {
    reply.is_some_and(Reply::is_cancelling)
}
