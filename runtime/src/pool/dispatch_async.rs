//! Dispatch that awaits room instead of blocking.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::job::{self, Job};
use super::queue::{Intake, Refused, Wait};
use crate::error::DispatchError;
use crate::handle::JoinHandle;
use crate::worker::Worker;

/// The future of [`Pool::dispatch_async`](crate::Pool::dispatch_async): completes when the message
/// is queued. Dropping it before that drops the message.
#[must_use = "the message is not queued until this is awaited"]
pub struct DispatchAsync<'a, W: Worker> {
    intake: &'a Intake<Job<W>>,
    /// The job and its handle, until they are given away.
    pending: Option<(Job<W>, JoinHandle<W::Output>)>,
    waiting: Option<u64>,
}

impl<'a, W: Worker> DispatchAsync<'a, W> {
    pub(super) fn new(
        intake: &'a Intake<Job<W>>,
        job: Job<W>,
        handle: JoinHandle<W::Output>,
    ) -> Self {
        Self {
            intake,
            pending: Some((job, handle)),
            waiting: None,
        }
    }

    fn stop_waiting(&mut self) -> bool {
        self.waiting
            .take()
            .is_none_or(|ticket| self.intake.waiters().remove(ticket))
    }
}

// Nothing in it is pinned.
impl<W: Worker> Unpin for DispatchAsync<'_, W> {}

/// # Panics
///
/// If it is polled after it completed.
impl<W: Worker> Future for DispatchAsync<'_, W> {
    type Output = Result<JoinHandle<W::Output>, DispatchError<W::Message>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Some((job, handle)) = self.pending.take() else {
            panic!("a `DispatchAsync` was polled after it completed");
        };
        let mut pushed = self.intake.push(job, Wait::Never);
        if let Err(Refused::Full(job)) = pushed {
            let ticket = self
                .intake
                .waiters()
                .register(self.waiting, context.waker());
            self.waiting = Some(ticket);
            pushed = self.intake.push(job, Wait::Never);
        }
        match pushed {
            Err(Refused::Full(job)) => {
                self.pending = Some((job, handle));
                Poll::Pending
            }
            Err(closed) => {
                self.stop_waiting();
                Poll::Ready(Err(job::refused(closed)))
            }
            Ok(()) => {
                self.stop_waiting();
                Poll::Ready(Ok(handle))
            }
        }
    }
}

impl<W: Worker> Drop for DispatchAsync<'_, W> {
    fn drop(&mut self) {
        // Given up by its owner before it was queued: not a job that the pool abandons.
        if let Some((job, _)) = self.pending.take() {
            drop(job.take());
            if !self.stop_waiting() {
                // It was woken for a place that it does not take: the next one is to have it.
                self.intake.waiters().notify_one();
            }
        }
    }
}

impl<W: Worker> fmt::Debug for DispatchAsync<'_, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DispatchAsync")
            .field("worker", &W::DESCRIPTION.name())
            .finish_non_exhaustive()
    }
}
