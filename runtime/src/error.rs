//! Errors: one small type for each way to fail. Errors of dispatch hand the message back.
//!
//! `Debug` never shows the message, so that a message needs no `Debug`.

use std::any::Any;
use std::collections::TryReserveError;
use std::error::Error;
use std::fmt;
use std::io;
use std::mem;
use std::sync::{Mutex, PoisonError};

/// An error returned by the methods that dispatch and wait for a place in the queue:
/// [`Pool::dispatch`](crate::Pool::dispatch), [`dispatch_async`](crate::Pool::dispatch_async),
/// [`send`](crate::Pool::send) and [`send_async`](crate::Pool::send_async).
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use traced_worker::{DispatchError, traced_worker};
///
/// #[traced_worker]
/// fn process(path: String) -> usize {
///     path.len()
/// }
///
/// let pool = process::pool().threads(1).start()?;
/// pool.shutdown(Duration::from_secs(5));
/// match pool.dispatch("a.csv".to_owned()) {
///     Err(DispatchError::Closed(path)) => assert_eq!(path, "a.csv"),
///     other => panic!("{other:?}"),
/// }
/// # Ok::<(), traced_worker::StartError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DispatchError<M> {
    /// The pool is shut down, or is being shut down.
    Closed(M),
    /// The queue is full, and this thread of the pool, which would have to make room, cannot: the
    /// worker that dispatches to its own pool has a `#[state]`, or 64 messages are already run inside
    /// of each other. So it is for a pool on the same [`Threads`](crate::Threads), and with a task of
    /// the pool, if 64 messages already run beside each other.
    WouldDeadlock(M),
}

impl<M> DispatchError<M> {
    /// Returns the message that was not dispatched.
    #[must_use]
    pub fn into_message(self) -> M {
        match self {
            Self::Closed(message) | Self::WouldDeadlock(message) => message,
        }
    }
}

/// An error returned by [`Pool::try_dispatch`](crate::Pool::try_dispatch) and
/// [`Pool::try_send`](crate::Pool::try_send).
///
/// # Examples
///
/// ```
/// use traced_worker::{TryDispatchError, traced_worker};
///
/// #[traced_worker]
/// fn process(path: String) -> usize {
///     path.len()
/// }
///
/// let pool = process::pool().threads(1).queue_capacity(8).start()?;
/// match pool.try_send("a.csv".to_owned()) {
///     Ok(()) => {}
///     Err(TryDispatchError::Full(path)) => eprintln!("{path}: too busy, try again later"),
///     Err(error) => return Err(error.into()),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TryDispatchError<M> {
    /// The queue is full.
    Full(M),
    /// The pool is shut down, or is being shut down.
    Closed(M),
}

impl<M> TryDispatchError<M> {
    /// Returns the message that was not dispatched.
    #[must_use]
    pub fn into_message(self) -> M {
        match self {
            Self::Full(message) | Self::Closed(message) => message,
        }
    }

    /// Returns `true` if the queue was full.
    #[must_use]
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Full(_))
    }
}

/// An error returned by [`Pool::dispatch_timeout`](crate::Pool::dispatch_timeout) and
/// [`Pool::send_timeout`](crate::Pool::send_timeout).
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use traced_worker::{DispatchTimeoutError, traced_worker};
///
/// #[traced_worker]
/// fn process(path: String) -> usize {
///     path.len()
/// }
///
/// let pool = process::pool().threads(1).queue_capacity(8).start()?;
/// match pool.send_timeout("a.csv".to_owned(), Duration::from_millis(100)) {
///     Ok(()) => {}
///     Err(DispatchTimeoutError::Timeout(path)) => eprintln!("{path}: too busy for 100 ms"),
///     Err(error) => return Err(error.into()),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DispatchTimeoutError<M> {
    /// The queue stayed full until the timeout.
    Timeout(M),
    /// The pool is shut down, or is being shut down.
    Closed(M),
}

impl<M> DispatchTimeoutError<M> {
    /// Returns the message that was not dispatched.
    #[must_use]
    pub fn into_message(self) -> M {
        match self {
            Self::Timeout(message) | Self::Closed(message) => message,
        }
    }

    /// Returns `true` if the queue stayed full until the timeout.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::Timeout(_))
    }
}

/// Writes `Debug` with the name of the variant alone, and `Display`.
macro_rules! opaque {
    ($name:ident<$($parameter:ident),+> { $($variant:ident => $text:literal,)+ }) => {
        impl<$($parameter),+> fmt::Debug for $name<$($parameter),+> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $(Self::$variant(..) => concat!(stringify!($variant), "(..)"),)+
                })
            }
        }

        impl<$($parameter),+> fmt::Display for $name<$($parameter),+> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $(Self::$variant(..) => $text,)+
                })
            }
        }

        impl<$($parameter),+> Error for $name<$($parameter),+> {}
    };
}

opaque! { DispatchError<M> {
    Closed => "the pool is shut down and accepts no more messages",
    WouldDeadlock => "the queue is full, and the pool's own thread would wait for ever: use `try_dispatch`, a larger queue, or another pool",
} }

opaque! { TryDispatchError<M> {
    Full => "the pool's queue is full",
    Closed => "the pool is shut down and accepts no more messages",
} }

opaque! { DispatchTimeoutError<M> {
    Timeout => "the pool's queue stayed full until the timeout",
    Closed => "the pool is shut down and accepts no more messages",
} }

/// The reason why a job has no output.
///
/// # Examples
///
/// ```
/// use traced_worker::traced_worker;
///
/// #[traced_worker]
/// fn first(words: Vec<String>) -> String {
///     words[0].clone()
/// }
///
/// let pool = first::pool().threads(1).start()?;
/// let error = pool.dispatch(Vec::new())?.wait().unwrap_err();
/// assert!(error.is_panic());
/// assert!(error.to_string().starts_with("the worker panicked: index out of bounds"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum JobError {
    /// The worker panicked.
    Panicked(Panic),
    /// The message was not run, because its pool was shut down first. Of an `async` worker: or its
    /// future was dropped, because the shutdown timed out.
    Abandoned,
    /// The message was not run, because [`JoinHandle::cancel`](crate::JoinHandle::cancel) was called
    /// first. Of an `async` worker: or its future was dropped, because of that, or because the
    /// runtime was shut down.
    Cancelled,
    /// The message was not run, because the closure of `try_pool` returned this error, or
    /// panicked, when it made the state of a thread once more after a panic.
    State(Box<dyn Error + Send + Sync>),
    /// The job was not waited for, because the thread that would have to run it waits: a worker
    /// waited for its own pool, and has a `#[state]`, or 64 messages are already run inside of each
    /// other or beside each other in one task, or it is run inside of the job that it waited for. So it
    /// is for a pool on the same [`Threads`](crate::Threads). The job is still run.
    WouldDeadlock,
    /// A batch worker returned another number of outputs than it was given messages.
    BatchLength {
        /// The number of messages that the worker was given.
        messages: usize,
        /// The number of outputs that it returned.
        outputs: usize,
    },
}

impl JobError {
    /// Returns `true` if the worker panicked.
    #[must_use]
    pub fn is_panic(&self) -> bool {
        matches!(self, Self::Panicked(_))
    }

    /// Returns `true` if the message was not run because its pool was shut down first.
    #[must_use]
    pub fn is_abandoned(&self) -> bool {
        matches!(self, Self::Abandoned)
    }

    /// Returns `true` if the message was not run because its job was cancelled first.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        matches!(self, Self::Cancelled)
    }

    /// Returns the payload of the worker's panic, for [`std::panic::resume_unwind`].
    ///
    /// # Errors
    ///
    /// Returns the error itself if the worker did not panic.
    ///
    /// # Examples
    ///
    /// ```should_panic
    /// use traced_worker::traced_worker;
    ///
    /// #[traced_worker]
    /// fn process() {
    ///     panic!("out of cheese");
    /// }
    ///
    /// let pool = process::pool().threads(1).start()?;
    /// if let Err(error) = pool.dispatch(())?.wait() {
    ///     // The caller panics as the worker did.
    ///     std::panic::resume_unwind(error.try_into_panic()?);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn try_into_panic(self) -> Result<Box<dyn Any + Send>, Self> {
        match self {
            Self::Panicked(panic) => Ok(panic.into_payload()),
            other => Err(other),
        }
    }
}

impl fmt::Display for JobError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Panicked(panic) => panic.fmt(f),
            Self::Abandoned => f.write_str("the job was abandoned: its pool was shut down first"),
            Self::Cancelled => f.write_str("the job was cancelled before it ended"),
            Self::State(_) => f.write_str("the worker's state could not be made"),
            Self::WouldDeadlock => f.write_str(
                "the worker would wait for its own pool for ever: dispatch to another pool, or do not wait",
            ),
            Self::BatchLength { messages, outputs } => write!(
                f,
                "the batch worker was given {messages} messages and returned {outputs} outputs: \
                 it must return one for each message, in their order"
            ),
        }
    }
}

impl Error for JobError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::State(error) => Some(&**error),
            Self::Panicked(_)
            | Self::Abandoned
            | Self::Cancelled
            | Self::WouldDeadlock
            | Self::BatchLength { .. } => None,
        }
    }
}

/// A caught panic of a worker.
pub struct Panic {
    message: Box<str>,
    /// A mutex makes the error `Sync`, which `Box<dyn Error + Send + Sync>` requires.
    payload: Mutex<Payload>,
}

/// The value of a panic. If it is dropped, it is leaked: its `Drop` may panic, too.
struct Payload(Option<Box<dyn Any + Send>>);

impl Drop for Payload {
    fn drop(&mut self) {
        // Text has no `Drop` of its own; most payloads are text.
        if let Some(payload) = self.0.take()
            && !payload.is::<&'static str>()
            && !payload.is::<String>()
        {
            mem::forget(payload);
        }
    }
}

impl Panic {
    pub(crate) fn new(payload: Box<dyn Any + Send>) -> Self {
        let message = if let Some(text) = payload.downcast_ref::<&'static str>() {
            (*text).into()
        } else if let Some(text) = payload.downcast_ref::<String>() {
            text.as_str().into()
        } else {
            "a panic whose payload is not text".into()
        };
        Self {
            message,
            payload: Mutex::new(Payload(Some(payload))),
        }
    }

    /// Returns the same panic for another job that it ended. A payload cannot be cloned: the copy's
    /// payload is the message.
    pub(crate) fn copy(&self) -> Self {
        Self::new(Box::new(String::from(&*self.message)))
    }

    /// Returns the message that the worker panicked with, if it was text.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns the payload of the panic, for [`std::panic::resume_unwind`].
    #[must_use]
    pub fn into_payload(self) -> Box<dyn Any + Send> {
        let payload = self.payload.into_inner();
        let payload = payload.unwrap_or_else(PoisonError::into_inner).0.take();
        payload.unwrap_or_else(|| Box::new(String::from(self.message)))
    }
}

impl fmt::Debug for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Panic")
            .field("message", &self.message)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the worker panicked: {}", self.message)
    }
}

impl Error for Panic {}

/// An error returned by [`PoolBuilder::start`](crate::PoolBuilder::start), and by
/// `TaskPoolBuilder::start` (feature `tokio`).
///
/// Its `Debug` output is the text of the error and of its cause, because `main` prints that.
///
/// # Examples
///
/// ```
/// use traced_worker::{StartError, traced_worker};
///
/// #[traced_worker]
/// fn process() {}
///
/// let error = process::pool().threads(0).start().unwrap_err();
/// assert!(matches!(error, StartError::NoThreads));
/// assert_eq!(
///     error.to_string(),
///     "a pool needs a thread: `threads` must be at least 1, and is 0"
/// );
/// assert_eq!(format!("{error:?}"), error.to_string());
/// ```
#[non_exhaustive]
pub enum StartError {
    /// `threads(0)`.
    NoThreads,
    /// `threads(number)` with a number above the limit.
    #[non_exhaustive]
    TooManyThreads {
        /// The number that was requested.
        requested: usize,
        /// The most that a pool can have.
        limit: usize,
    },
    /// `concurrency(0)`.
    NoConcurrency,
    /// `concurrency(number)` with a number above the limit.
    #[non_exhaustive]
    TooMuchConcurrency {
        /// The number that was requested.
        requested: usize,
        /// The most that a pool can have.
        limit: usize,
    },
    /// A pool of tasks was started outside of a Tokio runtime, or on one that shuts down.
    NoRuntime,
    /// `queue_capacity(0)`.
    NoQueue,
    /// `queue_capacity(number)` with a number above the limit.
    #[non_exhaustive]
    QueueTooLong {
        /// The number that was requested.
        requested: usize,
        /// The most that a queue can hold.
        limit: usize,
    },
    /// There is not enough memory for a queue of this capacity.
    QueueMemory(TryReserveError),
    /// The closure that makes the state of a thread returned this error, or panicked.
    State(Box<dyn Error + Send + Sync>),
    /// The operating system did not start a thread.
    Spawn(io::Error),
}

impl fmt::Debug for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)?;
        match self.source() {
            Some(source) => write!(f, ": {source}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoThreads => {
                f.write_str("a pool needs a thread: `threads` must be at least 1, and is 0")
            }
            Self::TooManyThreads { requested, limit } => write!(
                f,
                "a pool has at most {limit} threads: `threads` is {requested}"
            ),
            Self::NoConcurrency => f.write_str(
                "a pool needs a task: `concurrency` must be at least 1, and is 0",
            ),
            Self::TooMuchConcurrency { requested, limit } => write!(
                f,
                "a pool runs at most {limit} messages at once: `concurrency` is {requested}"
            ),
            Self::NoRuntime => f.write_str(
                "there is no Tokio runtime, or it shuts down: start the pool inside of one, or give it one by `runtime(&handle)`",
            ),
            Self::NoQueue => {
                f.write_str("a pool needs a queue: `queue_capacity` must be at least 1, and is 0")
            }
            Self::QueueTooLong { requested, limit } => write!(
                f,
                "a queue holds at most {limit} messages: `queue_capacity` is {requested}"
            ),
            Self::QueueMemory(_) => {
                f.write_str("there is not enough memory for the queue: lower `queue_capacity`")
            }
            Self::State(_) => f.write_str("the worker's state could not be made"),
            Self::Spawn(_) => f.write_str("the operating system did not start a worker thread"),
        }
    }
}

impl Error for StartError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::QueueMemory(error) => Some(error),
            Self::State(error) => Some(&**error),
            Self::Spawn(error) => Some(error),
            Self::NoThreads
            | Self::TooManyThreads { .. }
            | Self::NoConcurrency
            | Self::TooMuchConcurrency { .. }
            | Self::NoRuntime
            | Self::NoQueue
            | Self::QueueTooLong { .. } => None,
        }
    }
}
