//! All the ways to dispatch.

use std::fmt;
use std::time::{Duration, Instant};

use super::Pool;
use super::dispatch_async::DispatchAsync;
use super::job::Job;
use super::queue::Wait;
use crate::carrier::{Carrier, Parent};
use crate::error::DispatchError;
use crate::handle::{self, JoinHandle};
use crate::worker::Worker;

pub(super) type Dispatched<W> =
    Result<JoinHandle<<W as Worker>::Output>, DispatchError<<W as Worker>::Message>>;

/// A pool, with a say in how the worker spans of what is dispatched through it relate to the
/// dispatch span: see [`Pool::with_parent`].
///
/// Its methods are those of [`Pool`].
pub struct Dispatcher<'a, W: Worker> {
    pub(super) pool: &'a Pool<W>,
    pub(super) parent: Option<Parent>,
}

impl<'a, W: Worker> Dispatcher<'a, W> {
    /// As [`Pool::dispatch`].
    ///
    /// # Errors
    ///
    /// Those of [`Pool::dispatch`].
    pub fn dispatch(&self, message: W::Message) -> Dispatched<W> {
        self.enqueue_with_reply(message, Wait::Forever)
    }

    /// As [`Pool::try_dispatch`].
    ///
    /// # Errors
    ///
    /// Those of [`Pool::try_dispatch`].
    pub fn try_dispatch(&self, message: W::Message) -> Dispatched<W> {
        self.enqueue_with_reply(message, Wait::Never)
    }

    /// As [`Pool::dispatch_timeout`].
    ///
    /// # Errors
    ///
    /// Those of [`Pool::dispatch_timeout`].
    pub fn dispatch_timeout(&self, message: W::Message, timeout: Duration) -> Dispatched<W> {
        let deadline = Instant::now().checked_add(timeout);
        self.enqueue_with_reply(message, deadline.map_or(Wait::Forever, Wait::Until))
    }

    /// As [`Pool::dispatch_async`].
    ///
    /// # Errors
    ///
    /// Those of [`Pool::dispatch_async`].
    pub fn dispatch_async(&self, message: W::Message) -> DispatchAsync<'a, W> {
        let (reply, handle) = handle::channel();
        let job = Job::new(message, self.carrier(), Some(reply));
        DispatchAsync::new(self.pool, job, handle)
    }

    /// As [`Pool::send`].
    ///
    /// # Errors
    ///
    /// Those of [`Pool::send`].
    pub fn send(&self, message: W::Message) -> Result<(), DispatchError<W::Message>> {
        let job = Job::new(message, self.carrier(), None);
        self.pool.enqueue(job, Wait::Forever)
    }

    /// As [`Pool::try_send`].
    ///
    /// # Errors
    ///
    /// Those of [`Pool::try_send`].
    pub fn try_send(&self, message: W::Message) -> Result<(), DispatchError<W::Message>> {
        let job = Job::new(message, self.carrier(), None);
        self.pool.enqueue(job, Wait::Never)
    }

    /// The current context, with the relation that was asked for.
    pub(super) fn carrier(&self) -> Carrier {
        let mut carrier = Carrier::current();
        carrier.set_parent(self.parent);
        carrier
    }

    fn enqueue_with_reply(&self, message: W::Message, wait: Wait) -> Dispatched<W> {
        let (reply, handle) = handle::channel();
        let job = Job::new(message, self.carrier(), Some(reply));
        self.pool.enqueue(job, wait).map(|()| handle)
    }
}

impl<W: Worker> Clone for Dispatcher<'_, W> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<W: Worker> Copy for Dispatcher<'_, W> {}

impl<W: Worker> fmt::Debug for Dispatcher<'_, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dispatcher")
            .field("worker", &W::DESCRIPTION.name())
            .field("parent", &self.parent)
            .finish()
    }
}
