//! A task of a pool: takes jobs out of the queue and runs their futures.

use std::future::{self, Future};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{self, Poll, Waker, ready};

use tokio::task::coop;

use super::Shared;
use super::job::{self, Job};
use super::queue::PopWaiter;
use super::threads::RunningThread;
use crate::error::JobError;
use crate::handle::Reply;
use crate::reentrant::{self, JobWaits};
use crate::span::WorkerSpan;
use crate::unwind;
use crate::worker::{AsyncRun, AsyncWorker, Runner};

/// A worker of the pool that is a task.
pub(super) struct WorkerTask<W: AsyncWorker> {
    index: usize,
    shared: Arc<Shared<W>>,
    runner: Runner,
    waiter: PopWaiter,
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
            _running: RunningThread::new(Arc::clone(shared)),
        }
    }

    /// Runs messages until the queue is closed and empty.
    pub(super) async fn run(mut self) {
        let this = &mut self;
        let mut future = pin!(None);
        // Declared after the future, and so dropped before it.
        let mut jobs = Jobs {
            index: this.index,
            shared: &this.shared,
            runner: &mut this.runner,
            waiter: &mut this.waiter,
            waker: Waker::noop().clone(),
            call: W::run,
            first: RunningJob::new(&this.shared, this.index, Place::Task(future.as_mut())),
            others: Vec::new(),
        };
        future::poll_fn(|cx| jobs.poll(cx)).await;
    }
}

impl<W: AsyncWorker> Drop for WorkerTask<W> {
    fn drop(&mut self) {
        self.shared.queue.cancel_pop(self.index, &mut self.waiter);
        self.runner.release_tracer();
    }
}

/// The jobs that a task runs: one, and others beside it while all of them wait for this pool.
struct Jobs<'a, W: AsyncWorker, F, C> {
    index: usize,
    shared: &'a Shared<W>,
    runner: &'a mut Runner,
    waiter: &'a mut PopWaiter,
    /// Wakes the task: the waker of the last poll.
    waker: Waker,
    /// Calls the worker's function.
    call: C,
    first: RunningJob<'a, W, F>,
    others: Vec<RunningJob<'a, W, F>>,
}

impl<W, F, C> Jobs<'_, W, F, C>
where
    W: AsyncWorker,
    F: Future<Output = W::Output>,
    C: Fn(W::Message, &WorkerSpan<'_>) -> F,
{
    /// Completes once the queue is closed and empty, and no job runs.
    fn poll(&mut self, cx: &mut task::Context<'_>) -> Poll<()> {
        if !self.waker.will_wake(cx.waker()) {
            self.waker.clone_from(cx.waker());
            if let Some(wakers) = self.shared.task_wakers.get() {
                wakers.set(self.index, self.waker.clone());
            }
        }
        self.poll_jobs(cx);
        loop {
            if !self.first.is_running() && self.others.is_empty() {
                let Some(job) = ready!(self.poll_pop(cx)) else {
                    return Poll::Ready(());
                };
                self.start(job, cx);
            } else if self.all_wait() {
                let Some(job) = ready!(self.poll_pop(cx)) else {
                    // The queue is closed and empty: other tasks have the jobs.
                    return Poll::Pending;
                };
                self.start(job, cx);
                // The job may have ended a wait.
                self.poll_jobs(cx);
            } else {
                self.shared.queue.cancel_pop(self.index, self.waiter);
                return Poll::Pending;
            }
        }
    }

    fn poll_jobs(&mut self, cx: &mut task::Context<'_>) {
        let is_last = self.is_last();
        if self.first.is_running() {
            let _ = self.first.poll(is_last, cx);
        }
        if !self.others.is_empty() {
            self.others
                .retain_mut(|other| other.poll(is_last, cx).is_pending());
        }
    }

    fn poll_pop(&mut self, cx: &mut task::Context<'_>) -> Poll<Option<Job<W>>> {
        // A queue that is never empty must not keep the runtime's thread from other tasks.
        let progress = ready!(coop::poll_proceed(cx));
        let polled = self.shared.queue.poll_pop(self.index, self.waiter, cx);
        match polled {
            Poll::Ready(_) => progress.made_progress(),
            Poll::Pending => self.runner.release_tracer(),
        }
        polled
    }

    /// Begins a job, and polls its future.
    fn start(&mut self, mut job: Job<W>, cx: &mut task::Context<'_>) {
        let shared = self.shared;
        let reason = if shared.is_abandoning() {
            JobError::Abandoned
        } else if !job.begin_task(self.index) {
            JobError::Cancelled
        } else {
            let run = self.runner.start_async::<W>(&mut job.envelope);
            let call = |span: &WorkerSpan<'_>| (self.call)(job.message, span);
            let is_last = self.is_last();
            if !self.first.is_running() {
                let _ = self.first.start(run, job.reply, call, is_last, cx);
                return;
            }
            let mut other = RunningJob::new(shared, self.index, Place::Heap(Box::pin(None)));
            if other.start(run, job.reply, call, is_last, cx).is_pending() {
                self.others.push(other);
            }
            return;
        };
        shared.discard(self.index, self.runner, job, reason);
    }

    /// Returns `true` if no other job may be run beside those that run.
    fn is_last(&self) -> bool {
        self.others.len() >= reentrant::MAX_DEPTH
    }

    /// Returns `true` if all jobs that run wait for this pool, and another one may be run.
    fn all_wait(&self) -> bool {
        let first = &self.first;
        !self.is_last()
            && (!first.is_running() || first.waits.is_waiting())
            && self.others.iter().all(|other| other.waits.is_waiting())
    }
}

/// A job that runs, or none. Dropping it drops its future under the worker's context, ends its span and
/// resolves its handle.
struct RunningJob<'a, W: AsyncWorker, F> {
    shared: &'a Shared<W>,
    index: usize,
    /// `None` if no job runs.
    run: Option<AsyncRun>,
    reply: Option<Reply<W::Output>>,
    waits: JobWaits,
    future: Place<'a, F>,
}

/// The place that a future is polled at, which does not move.
enum Place<'a, F> {
    Task(Pin<&'a mut Option<F>>),
    Heap(Pin<Box<Option<F>>>),
}

impl<F> Place<'_, F> {
    fn as_mut(&mut self) -> Pin<&mut Option<F>> {
        match self {
            Self::Task(future) => future.as_mut(),
            Self::Heap(future) => future.as_mut(),
        }
    }
}

impl<'a, W, F> RunningJob<'a, W, F>
where
    W: AsyncWorker,
{
    fn new(shared: &'a Shared<W>, index: usize, future: Place<'a, F>) -> Self {
        Self {
            shared,
            index,
            run: None,
            reply: None,
            waits: JobWaits::default(),
            future,
        }
    }

    fn is_running(&self) -> bool {
        self.run.is_some()
    }

    fn is_cancelling(&self) -> bool {
        self.reply.as_ref().is_some_and(Reply::is_cancelling)
    }

    /// Begins a job that `call` makes the future of, and polls that.
    fn start(
        &mut self,
        run: AsyncRun,
        reply: Option<Reply<W::Output>>,
        call: impl FnOnce(&WorkerSpan<'_>) -> F,
        is_last: bool,
        cx: &mut task::Context<'_>,
    ) -> Poll<()>
    where
        F: Future<Output = W::Output>,
    {
        self.run = Some(run);
        self.reply = reply;
        self.poll_future(Some(call), is_last, cx)
    }

    /// Polls the job, if one runs.
    fn poll(&mut self, is_last: bool, cx: &mut task::Context<'_>) -> Poll<()>
    where
        F: Future<Output = W::Output>,
    {
        if self.is_cancelling() {
            self.end_early(JobError::Cancelled);
            return Poll::Ready(());
        }
        self.poll_future(None::<fn(&WorkerSpan<'_>) -> F>, is_last, cx)
    }

    fn poll_future(
        &mut self,
        call: Option<impl FnOnce(&WorkerSpan<'_>) -> F>,
        is_last: bool,
        cx: &mut task::Context<'_>,
    ) -> Poll<()>
    where
        F: Future<Output = W::Output>,
    {
        let Some(run) = &mut self.run else {
            return Poll::Ready(());
        };
        let future = self.future.as_mut();
        let polled = reentrant::enter_job(self.shared.id(), &mut self.waits, is_last, || {
            run.poll::<W, F>(future, call, cx)
        });
        if let Poll::Ready(finished) = polled {
            let reply = self.end();
            self.shared.finish(self.index, reply, finished);
            return Poll::Ready(());
        }
        if self.is_cancelling() {
            self.end_early(JobError::Cancelled);
            return Poll::Ready(());
        }
        Poll::Pending
    }

    /// Ends a job whose future has not completed, if one runs.
    fn end_early(&mut self, reason: JobError) {
        let Some(run) = &mut self.run else { return };
        run.end_early(self.future.as_mut(), &reason);
        let reply = self.end();
        self.shared.counters[self.index].ended_early(&reason);
        job::resolve(reply, Err(reason));
    }

    /// Forgets a job whose future was dropped and whose span has ended. Returns its reply.
    fn end(&mut self) -> Option<Reply<W::Output>> {
        if self.run.as_ref().is_some_and(AsyncRun::has_leaked_guard) {
            self.shared.counters[self.index].leaked_guard();
        }
        self.run = None;
        // A handle that the job awaited may be awaited elsewhere.
        self.waits = JobWaits::default();
        self.reply.take()
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
        let _ = unwind::catch(|| self.end_early(reason));
    }
}
