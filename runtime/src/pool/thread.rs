//! A thread of a pool: takes jobs out of the queue and runs them.

use std::any::TypeId;
use std::cell::Cell;
use std::error::Error;
use std::io;
use std::mem;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Wake, Waker};

use opentelemetry::Context;

use super::Shared;
use super::job::Job;
use super::queue::Queue;
use super::stats::Counters;
use super::threads::RunningThread;
use crate::error::JobError;
use crate::handle::Reply;
use crate::reentrant::{self, PoolId, PoolThread, WouldDeadlock};
use crate::span::Batch;
use crate::sync::{Instant, mpsc};
use crate::unwind;
use crate::worker::{Envelope, Outcome, Runner, SentinelContext, SyncWorker, Worker};

/// Reports to [`PoolBuilder::start`](crate::PoolBuilder::start) whether a thread has its state.
pub(super) type Ready = mpsc::Sender<Result<(), Box<dyn Error + Send + Sync>>>;

/// A thread that is about to be spawned, and then runs.
pub(super) struct WorkerThread<W: SyncWorker> {
    pub(super) index: usize,
    pub(super) shared: Arc<Shared<W>>,
    /// `None` for a replacement, which no caller waits for.
    pub(super) ready: Option<Ready>,
}

impl<W: SyncWorker> WorkerThread<W> {
    pub(super) fn spawn(self) -> io::Result<()> {
        let (shared, index) = (Arc::clone(&self.shared), self.index);
        let running = RunningThread::new(Arc::clone(&shared));
        let thread = shared.thread_builder(index).spawn(move || {
            self.run();
            // The last thing before the destructors of the thread's locals.
            drop(running);
        })?;
        shared.threads.insert(index, thread);
        Ok(())
    }

    fn run(mut self) {
        let _sentinel = SentinelContext::attach();
        let mut runner = Runner::new(self.shared.provider.clone());
        reentrant::enter(Rc::new(CurrentThread {
            shared: Arc::clone(&self.shared),
            index: self.index,
            depth: Cell::new(0),
        }));
        let mut state = match (self.shared.thread_options.state.make(), self.ready.take()) {
            (Ok(state), ready) => {
                // Nobody receives any more once another thread has failed.
                let _ = ready.map(|ready| ready.send(Ok(())));
                Some(state)
            }
            (Err(error), Some(ready)) => {
                let _ = ready.send(Err(error));
                return;
            }
            (Err(_), None) => None,
        };
        while let Some(job) = self
            .shared
            .queue
            .pop(self.index, || runner.release_tracer())
        {
            self.run_job(&mut runner, &mut state, job);
            if !SentinelContext::is_current() && self.replace() {
                break;
            }
        }
        runner.release_tracer();
        unwind::drop_caught(state);
        reentrant::leave();
    }

    fn run_job(&self, runner: &mut Runner, state: &mut Option<W::State>, job: Job<W>) {
        if self.shared.is_abandoning() {
            return self
                .shared
                .discard(self.index, runner, job, JobError::Abandoned);
        }
        let borrowed = match state {
            Some(state) => state,
            None => match self.shared.thread_options.state.make() {
                Ok(made) => state.insert(made),
                Err(error) => {
                    let reason = JobError::State(error);
                    return self.shared.discard(self.index, runner, job, reason);
                }
            },
        };
        let outcome = match W::METADATA.batches() {
            None => self.run_one(runner, borrowed, job),
            Some(batch) => self.run_batch(runner, borrowed, job, batch),
        };
        if outcome == Some(Outcome::Panicked) {
            // The panic may have left the state inconsistent.
            unwind::drop_caught(state.take());
        }
    }

    fn run_one(&self, runner: &mut Runner, state: &mut W::State, job: Job<W>) -> Option<Outcome> {
        if !job.begin() {
            self.shared
                .discard(self.index, runner, job, JobError::Cancelled);
            return None;
        }
        let run = runner.run::<W>(job.message, job.envelope, state);
        Some(self.shared.finish(self.index, job.reply, run))
    }

    fn run_batch(
        &self,
        runner: &mut Runner,
        state: &mut W::State,
        first: Job<W>,
        batch: Batch,
    ) -> Option<Outcome> {
        let jobs = self.collect(runner, first, batch);
        if jobs.messages.is_empty() {
            return None;
        }
        let runs = runner.run_batch::<W>(jobs.messages, &jobs.envelopes, state);
        let runs = jobs.replies.into_iter().zip(runs);
        runs.map(|(reply, run)| self.shared.finish(self.index, reply, run))
            .last()
    }

    /// Takes as many more jobs as a batch holds, if they are in the queue, or get there before the
    /// batch has lingered.
    fn collect(&self, runner: &mut Runner, first: Job<W>, batch: Batch) -> Jobs<W> {
        let queue = &self.shared.queue;
        let lingers = !batch.linger.is_zero();
        // Where the clock cannot reach that far, the batch does not linger.
        let deadline = lingers.then(|| Instant::now().checked_add(batch.linger));
        let next = |runner: &mut Runner| {
            let taken = queue.try_pop(self.index);
            match deadline.flatten() {
                Some(deadline) if taken.is_none() => {
                    runner.release_tracer();
                    queue.pop_until(self.index, deadline)
                }
                _ => taken,
            }
        };
        let mut jobs = Jobs {
            messages: Vec::new(),
            envelopes: Vec::new(),
            replies: Vec::new(),
        };
        let mut job = Some(first);
        while let Some(taken) = job {
            if taken.begin() {
                jobs.messages.push(taken.message);
                jobs.envelopes.push(taken.envelope);
                jobs.replies.push(taken.reply);
            } else {
                self.shared
                    .discard(self.index, runner, taken, JobError::Cancelled);
            }
            job = if jobs.messages.len() < batch.messages {
                next(runner)
            } else {
                None
            };
        }
        jobs
    }

    fn counters(&self) -> &Counters {
        &self.shared.counters[self.index]
    }

    /// Spawns a replacement of this thread, whose worker leaked a context guard: a context stack
    /// cannot be cleared without its guards, and its size is limited. Returns `false`, and the
    /// thread goes on, if the operating system starts no thread.
    fn replace(&self) -> bool {
        self.counters().leaked_guard();
        SentinelContext::warn_of_leak(W::METADATA);
        let replacement = Self {
            index: self.index,
            shared: Arc::clone(&self.shared),
            ready: None,
        };
        replacement.spawn().is_ok()
    }
}

/// The jobs of a batch, by column.
struct Jobs<W: Worker> {
    messages: Vec<W::Message>,
    envelopes: Vec<Envelope>,
    replies: Vec<Option<Reply<W::Output>>>,
}

/// The calling thread, for waits of its worker.
struct CurrentThread<W: SyncWorker> {
    shared: Arc<Shared<W>>,
    index: usize,
    /// The number of messages that are run inside of the one that the thread took.
    depth: Cell<usize>,
}

impl<W: SyncWorker> PoolThread for CurrentThread<W> {
    fn pool(&self) -> PoolId {
        self.shared.id()
    }

    fn waker(&self) -> Waker {
        Waker::from(Arc::new(Interrupt {
            shared: Arc::clone(&self.shared),
            index: self.index,
        }))
    }

    fn run_until(
        &self,
        is_done: &dyn Fn() -> bool,
        deadline: Option<Instant>,
    ) -> Result<(), WouldDeadlock> {
        self.run_all(|queue| queue.pop_unless(self.index, is_done, deadline))
    }

    fn run_one(&self) -> Result<(), WouldDeadlock> {
        let mut is_first = true;
        self.run_all(|queue| {
            let takes = mem::take(&mut is_first);
            takes.then(|| queue.try_pop(self.index)).flatten()
        })
    }
}

impl<W: SyncWorker> CurrentThread<W> {
    /// Runs the jobs that `next` takes out of the queue.
    fn run_all(
        &self,
        mut next: impl FnMut(&Queue<Job<W>>) -> Option<Job<W>>,
    ) -> Result<(), WouldDeadlock> {
        let has_state = TypeId::of::<W::State>() != TypeId::of::<()>();
        if has_state || self.depth.get() == reentrant::MAX_DEPTH {
            return Err(WouldDeadlock);
        }
        self.depth.set(self.depth.get() + 1);
        let thread = WorkerThread {
            index: self.index,
            shared: Arc::clone(&self.shared),
            ready: None,
        };
        let mut runner = Runner::new(self.shared.provider.clone());
        let mut state = None;
        while let Some(job) = next(&self.shared.queue) {
            thread.run_inside(&mut runner, &mut state, job);
        }
        runner.release_tracer();
        self.depth.set(self.depth.get() - 1);
        Ok(())
    }
}

impl<W: SyncWorker> WorkerThread<W> {
    /// Runs a job inside of another one, whose context is current again afterwards.
    fn run_inside(&self, runner: &mut Runner, state: &mut Option<W::State>, job: Job<W>) {
        let outer = Context::current();
        let sentinel = SentinelContext::attach();
        self.run_job(runner, state, job);
        if SentinelContext::is_current() {
            drop(sentinel);
        } else {
            // A context that was leaked inside lies above the outer one.
            self.counters().leaked_guard();
            SentinelContext::warn_of_leak(W::METADATA);
            SentinelContext::reattach(outer);
        }
    }
}

/// A waker that ends the sleep of a pool's thread.
struct Interrupt<W: Worker> {
    shared: Arc<Shared<W>>,
    index: usize,
}

impl<W: Worker> Wake for Interrupt<W> {
    fn wake(self: Arc<Self>) {
        self.shared.queue.interrupt(self.index);
    }
}
