//! Errors of dispatch.

use std::error::Error;
use std::fmt;

use super::job::JobError;

/// The pool did not take the message, and hands it back.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DispatchError<M> {
    /// The queue is full; after [`dispatch_timeout`], that it stayed full all the time.
    ///
    /// [`dispatch_timeout`]: crate::Pool::dispatch_timeout
    Full(M),
    /// The pool takes nothing any more: it is being shut down, or was.
    Closed(M),
}

impl<M> DispatchError<M> {
    /// The message that was not dispatched.
    #[must_use]
    pub fn into_message(self) -> M {
        match self {
            Self::Full(message) | Self::Closed(message) => message,
        }
    }
}

impl<M> fmt::Debug for DispatchError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "Full(..)",
            Self::Closed(_) => "Closed(..)",
        })
    }
}

impl<M> fmt::Display for DispatchError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "the pool's queue is full",
            Self::Closed(_) => "the pool is shut down and takes no more messages",
        })
    }
}

impl<M> Error for DispatchError<M> {}

/// A call that gave no output.
#[non_exhaustive]
pub enum CallError<M> {
    /// The pool takes nothing any more: the message comes back.
    Closed(M),
    /// The message was taken, but its job has no output.
    Job(JobError),
}

impl<M> fmt::Debug for CallError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed(_) => f.write_str("Closed(..)"),
            Self::Job(error) => f.debug_tuple("Job").field(error).finish(),
        }
    }
}

impl<M> fmt::Display for CallError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed(_) => f.write_str("the pool is shut down and takes no more messages"),
            Self::Job(error) => error.fmt(f),
        }
    }
}

impl<M> Error for CallError<M> {}

impl<M> From<JobError> for CallError<M> {
    fn from(error: JobError) -> Self {
        Self::Job(error)
    }
}
