//! A message in the queue: with its carrier, and what is owed for it.

use std::panic::{self, AssertUnwindSafe};

use super::queue::Refused;
use crate::carrier::Carrier;
use crate::error::{DispatchError, JobError};
use crate::handle::Reply;
use crate::span::Ticks;
use crate::worker::{Runner, Worker, may_be_sampled};

/// What the queue holds: the message, and 56 bytes of what is owed for it: a worker span under
/// the carrier's context, and perhaps a reply. A handle whose job is dropped says that it was
/// abandoned.
pub(super) struct Job<W: Worker> {
    pub(super) message: W::Message,
    pub(super) carrier: Carrier,
    /// When it was queued, if its span may record.
    pub(super) queued: Option<Ticks>,
    pub(super) reply: Option<Reply<W::Output>>,
}

impl<W: Worker> Job<W> {
    pub(super) fn new(
        message: W::Message,
        carrier: Carrier,
        reply: Option<Reply<W::Output>>,
    ) -> Self {
        // The clock costs as much as all the rest: it is read only where the wait will be seen.
        let queued = may_be_sampled(&carrier).then(Ticks::now);
        Self {
            message,
            carrier,
            queued,
            reply,
        }
    }

    /// Drops a job that will not be run: its span begins and ends here, its handle is told.
    pub(super) fn abandon(mut self, runner: &mut Runner, error: JobError, reason: &'static str) {
        runner.abandon::<W>(&self.carrier, self.queued, reason);
        if let Some(reply) = self.reply.take() {
            // Nobody waits for it, or it is told.
            let _ = reply.send(Err(error));
        }
        // The message's own `Drop` may panic, and must not take the other jobs with it.
        let _ = panic::catch_unwind(AssertUnwindSafe(|| drop(self))).map_err(std::mem::forget);
    }
}

/// Takes the message out of a job that was not queued.
pub(super) fn refused<W: Worker>(refused: Refused<Job<W>>) -> DispatchError<W::Message> {
    match refused {
        Refused::Full(job) => DispatchError::Full(job.message),
        Refused::Closed(job) => DispatchError::Closed(job.message),
    }
}
