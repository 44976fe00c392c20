//! Threads that run one worker's messages from one bounded queue.

mod builder;
mod call;
mod counters;
mod dispatch_all;
mod dispatch_async;
mod dispatcher;
mod job;
mod queue;
mod shared;
mod shutdown;
mod state;
mod thread;
mod traffic;
mod waiters;

use std::fmt;
use std::time::Duration;

use crate::carrier::Parent;
use crate::error::DispatchError;
use crate::worker::Worker;

pub use builder::PoolBuilder;
pub use counters::Stats;
pub use dispatch_all::DispatchAllError;
pub use dispatch_async::DispatchAsync;
use dispatcher::Dispatched;
pub use dispatcher::Dispatcher;
use job::Job;
use queue::{Intake, Refused, Wait};
use shared::Shared;
pub use shutdown::{Drain, Report};
pub use state::{MakesState, NoState, WithState};

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
    pub fn dispatch(&self, message: W::Message) -> Dispatched<W> {
        self.dispatcher(None).dispatch(message)
    }

    /// Injects the current context into the message and queues it, if there is room now.
    ///
    /// # Errors
    ///
    /// Hands the message back: [`DispatchError::Full`] or [`DispatchError::Closed`].
    pub fn try_dispatch(&self, message: W::Message) -> Dispatched<W> {
        self.dispatcher(None).try_dispatch(message)
    }

    /// Injects the current context into the message and queues it, waiting for room no longer
    /// than `timeout`.
    ///
    /// # Errors
    ///
    /// Hands the message back: [`DispatchError::Full`] if the queue stayed full,
    /// [`DispatchError::Closed`] if the pool is shut down, or is while this waits.
    pub fn dispatch_timeout(&self, message: W::Message, timeout: Duration) -> Dispatched<W> {
        self.dispatcher(None).dispatch_timeout(message, timeout)
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
        self.dispatcher(None).dispatch_async(message)
    }

    /// Dispatches without a reply: waits while the queue is full, and makes no handle.
    ///
    /// # Errors
    ///
    /// [`DispatchError::Closed`] hands the message back.
    pub fn send(&self, message: W::Message) -> Result<(), DispatchError<W::Message>> {
        self.dispatcher(None).send(message)
    }

    /// Dispatches without a reply, if there is room now.
    ///
    /// # Errors
    ///
    /// Hands the message back: [`DispatchError::Full`] or [`DispatchError::Closed`].
    pub fn try_send(&self, message: W::Message) -> Result<(), DispatchError<W::Message>> {
        self.dispatcher(None).try_send(message)
    }

    /// The same pool for dispatches whose worker spans relate to the dispatch span as `parent`
    /// says, whatever the worker's attribute says.
    ///
    /// # Example
    ///
    /// ```
    /// use traced_worker::{Parent, traced_worker};
    ///
    /// #[traced_worker]
    /// fn refresh(key: String) {
    ///     let _ = key;
    /// }
    ///
    /// let pool = refresh::pool().threads(1).start()?;
    /// // It will outlive the request: a trace of its own, linked to it.
    /// pool.with_parent(Parent::Link).send("users".to_owned())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_parent(&self, parent: Parent) -> Dispatcher<'_, W> {
        self.dispatcher(Some(parent))
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

    fn dispatcher(&self, parent: Option<Parent>) -> Dispatcher<'_, W> {
        Dispatcher { pool: self, parent }
    }

    fn enqueue(&self, job: Job<W>, wait: Wait) -> Result<(), DispatchError<W::Message>> {
        self.push(job, wait).map_err(job::refused)
    }

    fn push(&self, job: Job<W>, wait: Wait) -> Result<(), Refused<Job<W>>> {
        self.intake.push(job, wait)
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
