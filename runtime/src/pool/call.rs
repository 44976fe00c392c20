//! Calls: dispatch and wait, inside a span of the caller.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry::trace::{SpanBuilder, TraceContextExt as _};

use super::dispatch::{Dispatcher, Push};
use crate::carrier;
use crate::error::{DispatchError, DispatchTimeoutError, JobError};
use crate::handle::JoinHandle;
use crate::span::{Sighting, StartedSpan, record_failure, record_job_error, record_text};
use crate::sync::Instant;
use crate::unwind;
use crate::worker::Worker;

type CallResult<W> = Result<<W as Worker>::Output, CallError<<W as Worker>::Message>>;

type CallTimeoutResult<W> =
    Result<<W as Worker>::Output, CallTimeoutError<<W as Worker>::Message, <W as Worker>::Output>>;

impl<'a, W: Worker> Dispatcher<'a, W> {
    /// Calls as [`Pool::call`](crate::Pool::call) does.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Pool::call`](crate::Pool::call).
    pub fn call(&self, message: W::Message) -> CallResult<W> {
        let span = CallSpan::start(self);
        let dispatched = self.with_context(span.context()).dispatch(message);
        let result = match dispatched {
            Ok(handle) => handle.wait().map_err(CallError::Job),
            Err(error) => Err(CallError::from(error)),
        };
        span.end::<W>(&result);
        result
    }

    /// Calls as [`Pool::call_timeout`](crate::Pool::call_timeout) does.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Pool::call_timeout`](crate::Pool::call_timeout).
    pub fn call_timeout(&self, message: W::Message, timeout: Duration) -> CallTimeoutResult<W> {
        let start = Instant::now();
        let span = CallSpan::start(self);
        let dispatcher = self.with_context(span.context());
        let result = match dispatcher.dispatch_timeout(message, timeout) {
            Ok(handle) => match handle.wait_timeout(timeout.saturating_sub(start.elapsed())) {
                Ok(result) => result.map_err(CallTimeoutError::Job),
                Err(handle) => Err(CallTimeoutError::Pending(handle)),
            },
            Err(error) => Err(CallTimeoutError::from(error)),
        };
        span.end::<W>(&result);
        result
    }

    /// Calls as [`Pool::call_async`](crate::Pool::call_async) does.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Pool::call`](crate::Pool::call).
    pub fn call_async(
        &self,
        message: W::Message,
    ) -> impl Future<Output = CallResult<W>> + Send + use<'a, W> {
        let span = CallSpan::start(self);
        let (reply, handle) = self.pool.shared.reply_channel();
        let job = self.with_context(span.context()).job(message, Some(reply));
        let dispatch = Push::new(self.pool, job, handle);
        async move {
            let result = match dispatch.await {
                Ok(handle) => handle.await.map_err(CallError::Job),
                Err(error) => Err(CallError::from(error)),
            };
            span.end::<W>(&result);
            result
        }
    }
}

/// The span that a call opens around dispatch and reply. Dropping it ends it.
struct CallSpan(StartedSpan<'static>);

impl CallSpan {
    fn start<W: Worker>(dispatcher: &Dispatcher<'_, W>) -> Self {
        let name = match W::METADATA.caller_name() {
            Some(name) => Cow::Borrowed(name),
            None => Cow::Owned(format!("call {}", W::METADATA.name())),
        };
        let builder = SpanBuilder::from_name(name);
        let parent = dispatcher.context.cloned();
        let parent = &parent.unwrap_or_else(carrier::current);
        let provider = &dispatcher.pool.shared.provider;
        // Samplers and span processors are foreign code.
        let started = unwind::catch(|| provider.start(builder, parent).into_owned());
        let unrecorded = || StartedSpan::NonRecording(Cow::Owned(parent.clone()));
        Self(started.unwrap_or_else(|_| unrecorded()))
    }

    fn context(&self) -> &Context {
        self.0.context()
    }

    /// Records how the call ended, and ends the span.
    fn end<W: Worker>(self, result: &Result<W::Output, impl CallFailure>) {
        let StartedSpan::Recording(context) = &self.0 else {
            return;
        };
        // The user's own `Display` or `Debug` runs here.
        let _ = unwind::catch(|| {
            let span = context.span();
            match result {
                Ok(output) => {
                    if let Some(failure) = W::failure(output) {
                        record_failure(&span, &failure, Sighting::Repeated);
                    }
                }
                Err(error) => {
                    if let Some(error) = error.job_error() {
                        record_job_error(&span, error, Sighting::Repeated);
                    } else {
                        let (error_type, text) = (error.error_type(), error.to_string());
                        record_text(&span, error_type, text, Sighting::First);
                    }
                }
            }
        });
    }
}

impl Drop for CallSpan {
    fn drop(&mut self) {
        if let StartedSpan::Recording(context) = &self.0 {
            let _ = unwind::catch(|| context.span().end());
        }
    }
}

/// An error of a call, as its span records it.
trait CallFailure: Error {
    fn job_error(&self) -> Option<&JobError>;

    fn error_type(&self) -> &'static str;
}

impl<M> CallFailure for CallError<M> {
    fn job_error(&self) -> Option<&JobError> {
        match self {
            Self::Job(error) => Some(error),
            Self::Closed(_) | Self::WouldDeadlock(_) => None,
        }
    }

    fn error_type(&self) -> &'static str {
        match self {
            Self::WouldDeadlock(_) => "would_deadlock",
            _ => "closed",
        }
    }
}

impl<M, T> CallFailure for CallTimeoutError<M, T> {
    fn job_error(&self) -> Option<&JobError> {
        match self {
            Self::Job(error) => Some(error),
            Self::Full(_) | Self::Closed(_) | Self::Pending(_) => None,
        }
    }

    fn error_type(&self) -> &'static str {
        match self {
            Self::Closed(_) => "closed",
            _ => "timeout",
        }
    }
}

impl<M> From<DispatchError<M>> for CallError<M> {
    fn from(error: DispatchError<M>) -> Self {
        match error {
            DispatchError::Closed(message) => Self::Closed(message),
            DispatchError::WouldDeadlock(message) => Self::WouldDeadlock(message),
        }
    }
}

impl<M, T> From<DispatchTimeoutError<M>> for CallTimeoutError<M, T> {
    fn from(error: DispatchTimeoutError<M>) -> Self {
        match error {
            DispatchTimeoutError::Timeout(message) => Self::Full(message),
            DispatchTimeoutError::Closed(message) => Self::Closed(message),
        }
    }
}

/// An error returned by [`Pool::call`](crate::Pool::call) and
/// [`Pool::call_async`](crate::Pool::call_async).
///
/// # Examples
///
/// ```
/// use traced_worker::{CallError, traced_worker};
///
/// #[traced_worker]
/// fn divide(by: u32) -> u32 {
///     12 / by
/// }
///
/// let pool = divide::pool().threads(1).start()?;
/// match pool.call(0) {
///     Err(CallError::Job(error)) => assert!(error.is_panic()),
///     other => panic!("{other:?}"),
/// }
/// # Ok::<(), traced_worker::StartError>(())
/// ```
#[non_exhaustive]
pub enum CallError<M> {
    /// The pool is shut down, or is being shut down: the message was not dispatched.
    Closed(M),
    /// The message was not dispatched: see [`DispatchError::WouldDeadlock`].
    WouldDeadlock(M),
    /// The message was dispatched, and its job has no output.
    Job(JobError),
}

/// An error returned by [`Pool::call_timeout`](crate::Pool::call_timeout).
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use traced_worker::{CallTimeoutError, traced_worker};
///
/// #[traced_worker]
/// fn process(path: String) -> usize {
///     path.len()
/// }
///
/// let pool = process::pool().threads(1).start()?;
/// match pool.call_timeout("a.csv".to_owned(), Duration::from_secs(30)) {
///     Ok(length) => assert_eq!(length, 5),
///     Err(CallTimeoutError::Full(path)) => eprintln!("{path}: the queue stayed full"),
///     Err(CallTimeoutError::Pending(handle)) => drop(handle), // let it run, or `handle.cancel()`
///     Err(error) => return Err(error.into()),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[non_exhaustive]
pub enum CallTimeoutError<M, T> {
    /// The queue stayed full until the timeout: the message was not dispatched.
    Full(M),
    /// The pool is shut down, or is being shut down: the message was not dispatched.
    Closed(M),
    /// The message was dispatched, and its job has not ended before the timeout.
    Pending(JoinHandle<T>),
    /// The message was dispatched, and its job has no output.
    Job(JobError),
}

impl<M> fmt::Debug for CallError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed(_) => f.write_str("Closed(..)"),
            Self::WouldDeadlock(_) => f.write_str("WouldDeadlock(..)"),
            Self::Job(error) => f.debug_tuple("Job").field(error).finish(),
        }
    }
}

impl<M> fmt::Display for CallError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed(_) => DispatchError::Closed(()).fmt(f),
            Self::WouldDeadlock(_) => DispatchError::WouldDeadlock(()).fmt(f),
            Self::Job(error) => error.fmt(f),
        }
    }
}

impl<M> Error for CallError<M> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Closed(_) | Self::WouldDeadlock(_) => None,
            Self::Job(error) => error.source(),
        }
    }
}

impl<M, T> fmt::Debug for CallTimeoutError<M, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full(_) => f.write_str("Full(..)"),
            Self::Closed(_) => f.write_str("Closed(..)"),
            Self::Pending(handle) => f.debug_tuple("Pending").field(handle).finish(),
            Self::Job(error) => f.debug_tuple("Job").field(error).finish(),
        }
    }
}

impl<M, T> fmt::Display for CallTimeoutError<M, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full(_) => f.write_str("the pool's queue stayed full until the timeout"),
            Self::Closed(_) => f.write_str("the pool is shut down and accepts no more messages"),
            Self::Pending(_) => f.write_str("the job has not ended before the timeout"),
            Self::Job(error) => error.fmt(f),
        }
    }
}

impl<M, T> Error for CallTimeoutError<M, T> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Full(_) | Self::Closed(_) | Self::Pending(_) => None,
            Self::Job(error) => error.source(),
        }
    }
}
