//! A thread of a pool.

use std::error::Error;
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::sync::mpsc;
use std::time::Instant;

use super::job::Job;
use super::queue::{Outlet, Presence};
use super::shared::{NO_STATE, Shared};
use super::state::StateMaker;
use crate::carrier::Carrier;
use crate::error::{JobError, Panic};
use crate::handle::Reply;
use crate::span::{Batch, Ticks};
use crate::spin::Spin;
use crate::worker::{Ending, Floor, Runner, Worker};

/// Tells whoever starts the pool whether a thread's state was made.
type Ready = mpsc::Sender<Result<(), Box<dyn Error + Send + Sync>>>;

/// What a thread is started with.
pub(super) struct WorkerThread<W: Worker> {
    pub(super) index: usize,
    pub(super) shared: Shared<W>,
    pub(super) outlet: Outlet<Job<W>>,
    pub(super) presence: Presence,
    pub(super) state: StateMaker<W::State>,
    /// The first thread of an index is waited for; one that replaces it is not.
    pub(super) ready: Option<Ready>,
}

impl<W: Worker> WorkerThread<W> {
    pub(super) fn spawn(self) -> io::Result<()> {
        let shared = self.shared.clone();
        let thread = shared.thread_builder(self.index).spawn(|| self.run())?;
        shared.add_thread(thread);
        Ok(())
    }

    fn run(mut self) {
        let _floor = Floor::lay();
        let mut runner = Runner::new(self.shared.provider().clone());
        let made = self.state.make();
        let mut state = None;
        if let Some(ready) = self.ready.take() {
            let told = made.map(|made| state = Some(made));
            let failed = told.is_err();
            // Nobody listens any more once another thread has failed.
            let _ = ready.send(told);
            if failed {
                return;
            }
        } else {
            state = made.ok();
        }
        let mut spin = Spin::new();
        while let Some(job) = self.outlet.pop(&mut spin, || runner.rest()) {
            if self.shared.is_abandoning() {
                self.shared.abandon(&mut runner, job);
                continue;
            }
            self.run_one_or_several(&mut runner, &mut state, job);
            if !Floor::is_clear() && self.hand_over() {
                break;
            }
        }
        // On this thread, and before the pool takes it to have left.
        drop_quietly(state);
    }

    fn run_one_or_several(
        &mut self,
        runner: &mut Runner,
        state: &mut Option<W::State>,
        job: Job<W>,
    ) {
        if state.is_none() {
            match self.state.make() {
                Ok(made) => *state = Some(made),
                Err(error) => {
                    let error = JobError::State(error.to_string().into());
                    self.shared.drop_unrun(runner, job, error, NO_STATE);
                    return;
                }
            }
        }
        let Some(made) = state else { return };
        let endings = match W::DESCRIPTION.batches() {
            None => self.run_job(runner, made, job),
            Some(batch) => {
                let jobs = Jobs::collect(&mut self.outlet, job, batch);
                self.run_batch(runner, made, jobs)
            }
        };
        if endings == Ending::Panicked {
            // The panic may have left it in pieces.
            drop_quietly(state.take());
        }
    }

    fn run_job(&self, runner: &mut Runner, state: &mut W::State, job: Job<W>) -> Ending {
        let counters = self.shared.counters(self.index);
        let Job {
            message,
            carrier,
            queued,
            reply,
        } = job;
        counters.begin(1);
        // The worker's own panics are caught inside. What is caught here is a panic of foreign
        // telemetry code: a propagator, a sampler, a span processor.
        let run = AssertUnwindSafe(|| runner.run::<W>(message, state, &carrier, queued));
        let (result, ending) = panic::catch_unwind(run).unwrap_or_else(|payload| {
            let error = JobError::Panicked(Panic::new(payload));
            (Err(error), Ending::Panicked)
        });
        // Counted before it is told, so that whoever has the reply finds it counted.
        counters.end(ending);
        deliver(reply, result);
        ending
    }

    fn run_batch(&self, runner: &mut Runner, state: &mut W::State, jobs: Jobs<W>) -> Ending {
        let counters = self.shared.counters(self.index);
        let Jobs {
            messages,
            carriers,
            replies,
        } = jobs;
        counters.begin(messages.len() as u64);
        let run = AssertUnwindSafe(|| runner.run_batch::<W>(messages, state, &carriers));
        let results = panic::catch_unwind(run).unwrap_or_else(|payload| {
            let panic = Panic::new(payload);
            let error = || JobError::Panicked(panic.retold());
            let results = carriers.iter().map(|_| (Err(error()), Ending::Panicked));
            results.collect()
        });
        for (_, ending) in &results {
            counters.end(*ending);
        }
        let last = results
            .last()
            .map_or(Ending::Completed, |(_, ending)| *ending);
        for (reply, (result, _)) in replies.into_iter().zip(results) {
            deliver(reply, result);
        }
        last
    }

    /// Starts another thread in place of this one, whose worker leaked a context guard: a context
    /// stack cannot be cleared without its guards, and it is not endless. If no other thread can
    /// be had, this one goes on.
    fn hand_over(&self) -> bool {
        self.shared.counters(self.index).leaked_guard();
        Floor::warn_of_leak(W::DESCRIPTION);
        let successor = Self {
            index: self.index,
            shared: self.shared.clone(),
            outlet: self.outlet.for_successor(),
            presence: self.presence.clone(),
            state: self.state.clone(),
            ready: None,
        };
        successor.spawn().is_ok()
    }
}

/// Several jobs, taken apart as a batch worker needs them.
struct Jobs<W: Worker> {
    messages: Vec<W::Message>,
    carriers: Vec<(Carrier, Option<Ticks>)>,
    replies: Vec<Option<Reply<W::Output>>>,
}

impl<W: Worker> Jobs<W> {
    /// As many more jobs as a run takes, if they are there, or come before it has lingered enough.
    fn collect(outlet: &mut Outlet<Job<W>>, first: Job<W>, batch: Batch) -> Self {
        let until = (!batch.linger.is_zero())
            .then(|| Instant::now().checked_add(batch.linger))
            .flatten();
        let next = || match until {
            Some(deadline) => outlet.pop_until(deadline),
            None => outlet.try_pop(),
        };
        let more = std::iter::from_fn(next).take(batch.messages.saturating_sub(1));
        let mut jobs = Self {
            messages: Vec::new(),
            carriers: Vec::new(),
            replies: Vec::new(),
        };
        for job in std::iter::once(first).chain(more) {
            jobs.messages.push(job.message);
            jobs.carriers.push((job.carrier, job.queued));
            jobs.replies.push(job.reply);
        }
        jobs
    }
}

/// Replies, or drops what nobody waits for.
fn deliver<T>(reply: Option<Reply<T>>, result: Result<T, JobError>) {
    match reply {
        Some(reply) => {
            if let Err(unheard) = reply.send(result) {
                drop_quietly(unheard);
            }
        }
        None => drop_quietly(result),
    }
}

/// Drops a value of the user's: its `Drop` may panic, and the thread goes on.
fn drop_quietly<T>(value: T) {
    let drop = AssertUnwindSafe(|| drop(value));
    let _ = panic::catch_unwind(drop).map_err(std::mem::forget);
}
