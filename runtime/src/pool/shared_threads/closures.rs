//! Closures, as the messages of a worker that starts no span.

use std::any::Any;

use crate::bind::BoundContext;
use crate::error::JobError;
use crate::handle::Reply;
use crate::span::{Metadata, WorkerSpan};
use crate::unwind;
use crate::worker::{ByAttribute, SyncWorker, Worker};

/// The worker that runs closures.
pub(super) enum Closures {}

/// A closure with the reply to its caller.
pub(super) struct Spawned<F, T> {
    pub(super) closure: F,
    /// `None` if the context of the message is all.
    pub(super) context: Option<BoundContext>,
    pub(super) reply: Reply<T>,
}

/// A closure, whatever its type is.
pub(super) trait Closure: Send {
    /// Marks it as begun; returns `false` if it was cancelled.
    fn begin(&self) -> bool;

    /// Calls it, and catches its panic.
    fn call(self: Box<Self>) -> Called;

    /// Returns the [`Spawned`] that it is.
    fn into_any(self: Box<Self>) -> Box<dyn Any>;
}

impl<F, T> Closure for Spawned<F, T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    fn begin(&self) -> bool {
        self.reply.begin()
    }

    fn call(self: Box<Self>) -> Called {
        let Self {
            closure,
            context,
            reply,
        } = *self;
        let result = match context {
            None => unwind::catch(closure),
            Some(context) => unwind::catch(|| context.run(closure)),
        };
        let result = result.map_err(JobError::Panicked);
        Called {
            has_panicked: result.is_err(),
            reply: Some(Box::new(|| reply.send(result))),
        }
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}

/// A closure that was called. Dropping it sends its reply: after the run was counted.
pub(super) struct Called {
    has_panicked: bool,
    reply: Option<Box<dyn FnOnce() + Send>>,
}

impl Drop for Called {
    fn drop(&mut self) {
        if let Some(reply) = self.reply.take() {
            reply();
        }
    }
}

impl ByAttribute for Closures {}

impl Worker for Closures {
    type Message = Box<dyn Closure>;
    type Output = Called;
    type State = ();

    const METADATA: &'static Metadata =
        &Metadata::new("spawn", "traced_worker::Threads::spawn", file!(), line!());

    fn begin(message: &Self::Message) -> bool {
        message.begin()
    }

    fn has_panicked(output: &Self::Output) -> bool {
        output.has_panicked
    }
}

impl SyncWorker for Closures {
    fn run(message: Self::Message, (): &mut (), _: &WorkerSpan<'_>) -> Called {
        message.call()
    }
}
