//! Dispatch of many messages under one context.

use std::error::Error;
use std::fmt;

use super::Pool;
use super::dispatcher::Dispatcher;
use super::job::Job;
use super::queue::Wait;
use crate::handle::{self, JoinHandle};
use crate::worker::Worker;

type Handles<W> = Vec<JoinHandle<<W as Worker>::Output>>;

impl<W: Worker> Pool<W> {
    /// Dispatches each of `messages` under the context that is current now, waiting while the
    /// queue is full, and gives their handles in the same order.
    ///
    /// # Errors
    ///
    /// If the pool is shut down: the handles of what was queued, and all messages that were not.
    ///
    /// # Example
    ///
    /// ```
    /// use traced_worker::traced_worker;
    ///
    /// #[traced_worker]
    /// fn length(word: &'static str) -> usize {
    ///     word.len()
    /// }
    ///
    /// let pool = length::pool().threads(2).start()?;
    /// let mut total = 0;
    /// for handle in pool.dispatch_all(["one", "three", "five"])? {
    ///     total += handle.wait()?;
    /// }
    /// assert_eq!(total, 12);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn dispatch_all(
        &self,
        messages: impl IntoIterator<Item = W::Message>,
    ) -> Result<Handles<W>, DispatchAllError<W::Output, W::Message>> {
        self.dispatcher(None).dispatch_all(messages)
    }
}

impl<W: Worker> Dispatcher<'_, W> {
    /// As [`Pool::dispatch_all`].
    ///
    /// # Errors
    ///
    /// Those of [`Pool::dispatch_all`].
    pub fn dispatch_all(
        &self,
        messages: impl IntoIterator<Item = W::Message>,
    ) -> Result<Handles<W>, DispatchAllError<W::Output, W::Message>> {
        let carrier = self.carrier();
        let mut messages = messages.into_iter();
        let mut handles = Vec::with_capacity(messages.size_hint().0);
        while let Some(message) = messages.next() {
            let (reply, handle) = handle::channel();
            let job = Job::new(message, carrier.clone(), Some(reply));
            match self.pool.enqueue(job, Wait::Forever) {
                Ok(()) => handles.push(handle),
                Err(error) => {
                    let first = std::iter::once(error.into_message());
                    return Err(DispatchAllError {
                        handles,
                        messages: first.chain(messages).collect(),
                    });
                }
            }
        }
        Ok(handles)
    }
}

/// The pool was shut down before all messages were dispatched.
#[non_exhaustive]
pub struct DispatchAllError<T, M> {
    /// The handles of the messages that were dispatched, in their order.
    pub handles: Vec<JoinHandle<T>>,
    /// The messages that were not, in their order.
    pub messages: Vec<M>,
}

impl<T, M> fmt::Debug for DispatchAllError<T, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DispatchAllError")
            .field("handles", &self.handles.len())
            .field("messages", &self.messages.len())
            .finish()
    }
}

impl<T, M> fmt::Display for DispatchAllError<T, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the pool was shut down: {} messages were dispatched, {} were not",
            self.handles.len(),
            self.messages.len()
        )
    }
}

impl<T, M> Error for DispatchAllError<T, M> {}
