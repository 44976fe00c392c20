//! A message in the queue, with its envelope and its reply, and the ends of its job.

use super::Shared;
use crate::error::JobError;
use crate::handle::Reply;
use crate::unwind;
use crate::worker::{Envelope, FinishedRun, Outcome, Runner, Worker};

/// An element of the queue: the message and 64 bytes, 72 with the feature `tracing`; the queue adds 8.
pub(super) struct Job<W: Worker> {
    pub(super) message: W::Message,
    pub(super) envelope: Envelope,
    /// `None` if nothing waits for the output. A reply that is dropped abandons its handle.
    pub(super) reply: Option<Reply<W::Output>>,
}

impl<W: Worker> Job<W> {
    /// Marks the job as begun; returns `false` if it was cancelled.
    pub(super) fn begin(&self) -> bool {
        self.reply.as_ref().is_none_or(Reply::begin) && W::begin(&self.message)
    }

    /// Marks the job as begun by the task that is worker `index`; returns `false` if it was cancelled.
    #[cfg(feature = "tokio")]
    pub(super) fn begin_task(&self, index: usize) -> bool {
        self.reply
            .as_ref()
            .is_none_or(|reply| reply.begin_task(index))
    }

    /// Marks a job as one that will not be run, and returns why: it may have been cancelled before.
    pub(super) fn end_early(&self, reason: JobError) -> JobError {
        if self.begin() {
            reason
        } else {
            JobError::Cancelled
        }
    }

    /// Ends a job that is not run: ends its span, resolves its handle, drops the message.
    pub(super) fn discard(self, runner: &mut Runner, reason: JobError) {
        unwind::drop_caught(self.resolve(runner, reason));
    }

    /// Ends the span of a job that is not run, resolves its handle, and returns the message.
    pub(super) fn resolve(self, runner: &mut Runner, reason: JobError) -> W::Message {
        runner.discard::<W>(self.envelope, &reason);
        resolve(self.reply, Err(reason));
        self.message
    }
}

impl<W: Worker> Shared<W> {
    /// Counts a run of worker `index`, then replies: a caller that has the reply finds it counted.
    pub(super) fn finish(
        &self,
        index: usize,
        reply: Option<Reply<W::Output>>,
        run: FinishedRun<W::Output>,
    ) -> Outcome {
        let outcome = run.outcome;
        self.counters[index].ran(outcome);
        resolve(reply, run.result);
        outcome
    }

    /// Counts a job of worker `index` that is not run, and ends it.
    pub(super) fn discard(&self, index: usize, runner: &mut Runner, job: Job<W>, reason: JobError) {
        let reason = job.end_early(reason);
        self.counters[index].ended_early(&reason);
        job.discard(runner, reason);
    }
}

/// Sends the result, or drops it if nothing waits for it. Wakers and a result's `Drop` are foreign
/// code.
pub(super) fn resolve<T>(reply: Option<Reply<T>>, result: Result<T, JobError>) {
    match reply {
        Some(reply) => {
            let _ = unwind::catch(|| reply.send(result));
        }
        None => unwind::drop_caught(result),
    }
}
