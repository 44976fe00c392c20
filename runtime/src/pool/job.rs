//! A message in the queue: with its carrier, and what is owed for it.

use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe};

use super::queue::Refused;
use crate::carrier::Carrier;
use crate::error::DispatchError;
use crate::handle::Reply;
use crate::span::{Provider, Ticks};
use crate::worker::{Runner, Worker, may_be_sampled};

/// What the queue holds: the message, and a ticket of 56 bytes.
pub(super) struct Job<W: Worker> {
    message: W::Message,
    ticket: Ticket<W>,
}

/// What is owed for a message: a worker span, and perhaps a reply. A ticket that is dropped
/// without being taken belongs to a message that will never run; then its span is ended at once,
/// and it is counted.
pub(super) struct Ticket<W: Worker> {
    carrier: Carrier,
    reply: Option<Reply<W::Output>>,
    /// When it was queued, if its span may record.
    queued: Option<Ticks>,
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
            ticket: Ticket {
                carrier,
                reply,
                queued,
            },
        }
    }

    /// Takes the job apart: whoever calls this owes what was owed for it.
    pub(super) fn take(self) -> Taken<W> {
        let Self {
            message,
            mut ticket,
        } = self;
        let carrier = std::mem::take(&mut ticket.carrier);
        let queued = ticket.queued.replace(Ticks::SPENT);
        Taken {
            message,
            carrier,
            queued,
            reply: ticket.reply.take(),
        }
    }
}

/// A job's parts.
pub(super) struct Taken<W: Worker> {
    pub(super) message: W::Message,
    pub(super) carrier: Carrier,
    pub(super) queued: Option<Ticks>,
    pub(super) reply: Option<Reply<W::Output>>,
}

/// Takes the message out of a job that was not queued.
pub(super) fn refused<W: Worker>(refused: Refused<Job<W>>) -> DispatchError<W::Message> {
    match refused {
        Refused::Full(job) => DispatchError::Full(job.take().message),
        Refused::Closed(job) => DispatchError::Closed(job.take().message),
    }
}

impl<W: Worker> Drop for Ticket<W> {
    fn drop(&mut self) {
        if self.queued != Some(Ticks::SPENT) {
            let provider = ABANDONING
                .try_with(|scope| {
                    scope.borrow_mut().as_mut().map(|scope| {
                        scope.count += 1;
                        scope.provider.clone()
                    })
                })
                .ok()
                .flatten();
            Runner::new(provider.unwrap_or_default()).abandon::<W>(&self.carrier, self.queued);
        }
    }
}

thread_local! {
    static ABANDONING: RefCell<Option<Scope>> = const { RefCell::new(None) };
}

struct Scope {
    provider: Provider,
    count: u64,
}

/// Runs `work`, and counts the jobs that it drops on this thread, however deep inside: the channel
/// drops what it still holds when its last receiver goes. Their spans are started with `provider`.
pub(super) fn count_abandoned(provider: &Provider, work: impl FnOnce()) -> u64 {
    ABANDONING.set(Some(Scope {
        provider: provider.clone(),
        count: 0,
    }));
    // A message whose own `Drop` panics must not take the rest with it.
    let _ = panic::catch_unwind(AssertUnwindSafe(work)).map_err(std::mem::forget);
    ABANDONING.take().map_or(0, |scope| scope.count)
}
