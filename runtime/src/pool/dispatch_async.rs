//! Dispatch that awaits room instead of blocking.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::Pool;
use super::job::{self, Job};
use super::queue::{Refused, Wait};
use crate::error::DispatchError;
use crate::handle::JoinHandle;
use crate::worker::Worker;

/// The future of [`Pool::dispatch_async`](crate::Pool::dispatch_async): completes when the message
/// is queued. Dropping it before that drops the message.
#[must_use = "the message is not queued until this is awaited"]
pub struct DispatchAsync<'a, W: Worker> {
    pool: &'a Pool<W>,
    /// The job and its handle, until they are given away.
    pending: Option<(Job<W>, JoinHandle<W::Output>)>,
    waiting: Option<u64>,
}

impl<'a, W: Worker> DispatchAsync<'a, W> {
    pub(super) fn new(pool: &'a Pool<W>, job: Job<W>, handle: JoinHandle<W::Output>) -> Self {
        Self {
            pool,
            pending: Some((job, handle)),
            waiting: None,
        }
    }

    fn stop_waiting(&mut self) -> bool {
        self.waiting
            .take()
            .is_none_or(|ticket| self.pool.intake.waiters().remove(ticket))
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
        let mut pushed = self.pool.push(job, Wait::Never);
        if let Err(Refused::Full(job)) = pushed {
            let ticket = self
                .pool
                .intake
                .waiters()
                .register(self.waiting, context.waker());
            self.waiting = Some(ticket);
            pushed = self.pool.push(job, Wait::Never);
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
        if let Some((job, _)) = self.pending.take() {
            drop(job);
            if !self.stop_waiting() {
                // It was woken for a place that it does not take: the next one is to have it.
                self.pool.intake.waiters().notify_one();
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
