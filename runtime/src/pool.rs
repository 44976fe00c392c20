//! Threads that run one worker's messages from one bounded queue.

mod builder;
mod call;
mod counters;
mod dispatch_all;
mod dispatch_async;
mod job;
mod queue;
mod shared;
mod shutdown;
mod thread;
mod waiters;

use std::fmt;
use std::time::{Duration, Instant};

use crate::carrier::Carrier;
use crate::error::DispatchError;
use crate::handle::{self, JoinHandle};
use crate::worker::Worker;

pub use builder::PoolBuilder;
pub use counters::Stats;
pub use dispatch_all::DispatchAllError;
pub use dispatch_async::DispatchAsync;
use job::Job;
use queue::{Intake, Pushed, Refused, Wait};
use shared::Shared;
pub use shutdown::{Drain, Report};

/// Threads that run the messages of worker `W` from one bounded queue.
///
/// Made by `W::pool()`, see [`PoolBuilder`]. It is shared by reference, or in an `Arc`. Dropping
/// it closes its intake and never blocks: what was accepted is still run, on threads that nobody
/// waits for. [`shutdown`](Self::shutdown) waits.
///
/// # Example
///
/// ```
/// use std::time::Duration;
/// use traced_worker::traced_worker;
///
/// #[traced_worker]
/// fn square(number: u64) -> u64 {
///     number * number
/// }
///
/// let pool = square::pool().threads(2).queue(64).start()?;
/// let handles = (1..=3).map(|n| pool.dispatch(n)).collect::<Result<Vec<_>, _>>()?;
/// let mut sum = 0;
/// for handle in handles {
///     sum += handle.wait()?;
/// }
/// assert_eq!(sum, 14);
///
/// let report = pool.shutdown(Duration::from_secs(5));
/// assert_eq!(report.completed, 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Pool<W: Worker> {
    intake: Intake<Job<W>>,
    shared: Shared<W>,
}

impl<W: Worker> Pool<W> {
    /// Injects the current context into the message and queues it, waiting while the queue is
    /// full.
    ///
    /// # Errors
    ///
    /// [`DispatchError::Closed`] hands the message back if the pool is shut down, or is while
    /// this waits.
    pub fn dispatch(
        &self,
        message: W::Message,
    ) -> Result<JoinHandle<W::Output>, DispatchError<W::Message>> {
        self.enqueue_with_reply(message, Wait::Forever)
    }

    /// Injects the current context into the message and queues it, if there is room now.
    ///
    /// # Errors
    ///
    /// Hands the message back: [`DispatchError::Full`] or [`DispatchError::Closed`].
    pub fn try_dispatch(
        &self,
        message: W::Message,
    ) -> Result<JoinHandle<W::Output>, DispatchError<W::Message>> {
        self.enqueue_with_reply(message, Wait::Never)
    }

    /// Injects the current context into the message and queues it, waiting for room no longer
    /// than `timeout`.
    ///
    /// # Errors
    ///
    /// Hands the message back: [`DispatchError::Full`] if the queue stayed full,
    /// [`DispatchError::Closed`] if the pool is shut down, or is while this waits.
    pub fn dispatch_timeout(
        &self,
        message: W::Message,
        timeout: Duration,
    ) -> Result<JoinHandle<W::Output>, DispatchError<W::Message>> {
        let wait = Instant::now()
            .checked_add(timeout)
            .map_or(Wait::Forever, Wait::Until);
        self.enqueue_with_reply(message, wait)
    }

    /// Injects the current context into the message, and completes when it is queued: a full queue
    /// is awaited, no thread is blocked.
    ///
    /// The context is the one that is current where this is called, not where it is first polled.
    /// It needs no particular executor.
    ///
    /// # Errors
    ///
    /// [`DispatchError::Closed`] hands the message back.
    pub fn dispatch_async(&self, message: W::Message) -> DispatchAsync<'_, W> {
        let (reply, handle) = handle::channel();
        let job = Job::new(message, Carrier::current(), Some(reply));
        DispatchAsync::new(self, job, handle)
    }

    /// Dispatches without a reply: waits while the queue is full, and makes no handle.
    ///
    /// # Errors
    ///
    /// [`DispatchError::Closed`] hands the message back.
    pub fn send(&self, message: W::Message) -> Result<(), DispatchError<W::Message>> {
        self.enqueue(Job::new(message, Carrier::current(), None), Wait::Forever)
    }

    /// Dispatches without a reply, if there is room now.
    ///
    /// # Errors
    ///
    /// Hands the message back: [`DispatchError::Full`] or [`DispatchError::Closed`].
    pub fn try_send(&self, message: W::Message) -> Result<(), DispatchError<W::Message>> {
        self.enqueue(Job::new(message, Carrier::current(), None), Wait::Never)
    }

    /// What the pool has done so far, and what it is doing.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.shared.stats(self.intake.len())
    }

    /// How many threads the pool has.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.shared.threads()
    }

    /// How many messages its queue holds at most.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.intake.capacity()
    }

    fn enqueue_with_reply(
        &self,
        message: W::Message,
        wait: Wait,
    ) -> Result<JoinHandle<W::Output>, DispatchError<W::Message>> {
        let (reply, handle) = handle::channel();
        let job = Job::new(message, Carrier::current(), Some(reply));
        self.enqueue(job, wait).map(|()| handle)
    }

    fn enqueue(&self, job: Job<W>, wait: Wait) -> Result<(), DispatchError<W::Message>> {
        self.push(job, wait).map_err(job::refused)
    }

    fn push(&self, job: Job<W>, wait: Wait) -> Result<(), Refused<Job<W>>> {
        if self.intake.push(job, wait)? == Pushed::Late {
            self.shared.sweep_late();
        }
        Ok(())
    }
}

impl<W: Worker> fmt::Debug for Pool<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("worker", &W::DESCRIPTION.name())
            .field("threads", &self.threads())
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}
