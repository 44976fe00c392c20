//! The run of one job, or of one batch, by a worker of a pool: a thread of its own, or a turn on
//! shared threads.

use std::any::TypeId;

use opentelemetry::Context;

use super::Shared;
use super::job::Job;
use crate::error::JobError;
use crate::handle::Reply;
use crate::span::Batch;
use crate::sync::Instant;
use crate::unwind;
use crate::worker::{Envelope, Outcome, Runner, SentinelContext, SyncWorker, Worker};

impl<W: SyncWorker> Shared<W> {
    /// Runs a job that worker `index` has taken. Makes a state if there is none.
    pub(super) fn run_job(
        &self,
        index: usize,
        runner: &mut Runner,
        state: &mut Option<W::State>,
        job: Job<W>,
    ) {
        if self.is_abandoning() {
            return self.discard(index, runner, job, JobError::Abandoned);
        }
        let borrowed = match state {
            Some(state) => state,
            None => match self.thread_options.state.make() {
                Ok(made) => state.insert(made),
                Err(error) => {
                    return self.discard(index, runner, job, JobError::State(error));
                }
            },
        };
        let outcome = match W::METADATA.batches() {
            None => self.run_one(index, runner, borrowed, job),
            Some(batch) => self.run_batch(index, runner, borrowed, job, batch),
        };
        if outcome == Some(Outcome::Panicked) {
            // The panic may have left the state inconsistent.
            unwind::drop_caught(state.take());
        }
    }

    /// Runs a job inside of another one, whose context is current again afterwards.
    pub(super) fn run_inside(
        &self,
        index: usize,
        runner: &mut Runner,
        state: &mut Option<W::State>,
        job: Job<W>,
    ) {
        inside(|| {
            self.run_job(index, runner, state, job);
            self.leaks_guard(index);
        });
    }

    /// Returns whether the job that worker `index` has run leaked a context guard; counts it, and
    /// warns.
    pub(super) fn leaks_guard(&self, index: usize) -> bool {
        if SentinelContext::is_current() {
            return false;
        }
        self.counters[index].leaked_guard();
        SentinelContext::warn_of_leak(W::METADATA);
        true
    }

    fn run_one(
        &self,
        index: usize,
        runner: &mut Runner,
        state: &mut W::State,
        job: Job<W>,
    ) -> Option<Outcome> {
        if !job.begin() {
            self.discard(index, runner, job, JobError::Cancelled);
            return None;
        }
        let run = runner.run::<W>(job.message, job.envelope, state);
        Some(self.finish(index, job.reply, run))
    }

    fn run_batch(
        &self,
        index: usize,
        runner: &mut Runner,
        state: &mut W::State,
        first: Job<W>,
        batch: Batch,
    ) -> Option<Outcome> {
        let jobs = self.collect(index, runner, first, batch);
        if jobs.messages.is_empty() {
            return None;
        }
        let runs = runner.run_batch::<W>(jobs.messages, &jobs.envelopes, state);
        let runs = jobs.replies.into_iter().zip(runs);
        runs.map(|(reply, run)| self.finish(index, reply, run))
            .last()
    }

    /// Takes as many more jobs as a batch holds, if they are in the queue, or get there before the
    /// batch has lingered.
    fn collect(&self, index: usize, runner: &mut Runner, first: Job<W>, batch: Batch) -> Jobs<W> {
        let lingers = !batch.linger.is_zero();
        // Where the clock cannot reach that far, the batch does not linger.
        let deadline = lingers.then(|| Instant::now().checked_add(batch.linger));
        let next = |runner: &mut Runner| {
            let taken = self.queue.try_pop(index);
            match deadline.flatten() {
                Some(deadline) if taken.is_none() => {
                    runner.release_tracer();
                    self.queue.pop_until(index, deadline)
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
                self.discard(index, runner, taken, JobError::Cancelled);
            }
            job = if jobs.messages.len() < batch.messages {
                next(runner)
            } else {
                None
            };
        }
        jobs
    }
}

/// Returns `true` if the worker has a `#[state]`, which one message at a time borrows.
pub(super) fn has_state<W: Worker>() -> bool {
    TypeId::of::<W::State>() != TypeId::of::<()>()
}

/// Calls `run` above a sentinel context of its own. The context of the caller is current again
/// afterwards, whatever `run` leaves attached.
pub(super) fn inside<R>(run: impl FnOnce() -> R) -> R {
    let outer = Context::current();
    let sentinel = SentinelContext::attach();
    let returned = run();
    if SentinelContext::is_current() {
        drop(sentinel);
    } else {
        // A context that was leaked inside lies above the outer one.
        SentinelContext::reattach(&outer);
    }
    returned
}

/// The jobs of a batch, by column.
struct Jobs<W: Worker> {
    messages: Vec<W::Message>,
    envelopes: Vec<Envelope>,
    replies: Vec<Option<Reply<W::Output>>>,
}
