//! A message in the queue, with its envelope and its reply.

use crate::error::JobError;
use crate::handle::Reply;
use crate::unwind;
use crate::worker::{Envelope, FinishedRun, Runner, Worker};

/// An element of the queue: the message and 64 bytes; the queue adds 8.
pub(super) struct Job<W: Worker> {
    pub(super) message: W::Message,
    pub(super) envelope: Envelope,
    /// `None` if nothing waits for the output. A reply that is dropped abandons its handle.
    pub(super) reply: Option<Reply<W::Output>>,
}

impl<W: Worker> Job<W> {
    /// Marks the job as begun; returns `false` if it was cancelled.
    pub(super) fn begin(&self) -> bool {
        self.reply.as_ref().is_none_or(Reply::begin)
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
        runner.discard::<W>(&self.envelope, &reason);
        resolve(self.reply, Err(reason));
        self.message
    }
}

/// Resolves the handle of a job that ran.
pub(super) fn reply<T>(reply: Option<Reply<T>>, run: FinishedRun<T>) {
    resolve(reply, run.result);
}

/// Sends the result, or drops it if nothing waits for it. Wakers and a result's `Drop` are foreign
/// code.
fn resolve<T>(reply: Option<Reply<T>>, result: Result<T, JobError>) {
    match reply {
        Some(reply) => {
            let _ = unwind::catch(|| reply.send(result));
        }
        None => unwind::drop_caught(result),
    }
}
