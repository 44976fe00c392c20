//! Dispatch and wait, under a span of the caller's.

use std::borrow::Cow;
use std::future::Future;

use opentelemetry::Context;
use opentelemetry::trace::{SpanBuilder, TraceContextExt as _};

use super::Pool;
use super::dispatcher::Dispatcher;
use super::shared::{ABANDONED, NO_STATE};
use crate::error::{CallError, DispatchError, JobError};
use crate::span::{Started, record_failure, record_panic, record_text};
use crate::worker::Worker;

type CallResult<W> = Result<<W as Worker>::Output, CallError<<W as Worker>::Message>>;

impl<W: Worker> Pool<W> {
    /// Opens a span, dispatches the message under it, waits for the reply and ends the span.
    ///
    /// The span is named as the attribute's `caller` says, or `call` and the worker's name. An
    /// error or a panic of the worker is recorded on it too. This is what the article that the
    /// project started from calls `processInWorker`.
    ///
    /// # Errors
    ///
    /// [`CallError::Closed`] hands the message back; [`CallError::Job`] says why there is no
    /// output.
    ///
    /// # Example
    ///
    /// ```
    /// use traced_worker::traced_worker;
    ///
    /// #[traced_worker(name = "worker_process", caller = "process_data")]
    /// fn process(text: String) -> Result<u32, std::num::ParseIntError> {
    ///     text.parse()
    /// }
    ///
    /// let pool = process::pool().threads(1).start()?;
    /// assert_eq!(pool.call("7".to_owned())?, Ok(7));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn call(&self, message: W::Message) -> CallResult<W> {
        self.dispatcher(None).call(message)
    }

    /// As [`call`](Self::call), without blocking: a full queue and the reply are awaited.
    ///
    /// The span begins, and its context is injected, where this is called. If the future is
    /// dropped before it completes, the span ends then, and a message that was queued is still
    /// run.
    ///
    /// # Errors
    ///
    /// Those of [`call`](Self::call).
    pub fn call_async(
        &self,
        message: W::Message,
    ) -> impl Future<Output = CallResult<W>> + Send + use<'_, W> {
        self.dispatcher(None).call_async(message)
    }
}

impl<'a, W: Worker> Dispatcher<'a, W> {
    /// As [`Pool::call`].
    ///
    /// # Errors
    ///
    /// Those of [`Pool::call`].
    pub fn call(&self, message: W::Message) -> CallResult<W> {
        let started = self.start_call();
        let result = {
            let _guard = started.context().clone().attach();
            self.dispatch(message)
                .map_err(closed)
                .and_then(|handle| handle.wait().map_err(CallError::Job))
        };
        finish::<W>(&started, &result);
        result
    }

    /// As [`Pool::call_async`].
    ///
    /// # Errors
    ///
    /// Those of [`Pool::call`].
    pub fn call_async(
        &self,
        message: W::Message,
    ) -> impl Future<Output = CallResult<W>> + Send + use<'a, W> {
        let started = self.start_call();
        let dispatch = {
            let _guard = started.context().clone().attach();
            self.dispatch_async(message)
        };
        async move {
            let result = match dispatch.await {
                Ok(handle) => handle.await.map_err(CallError::Job),
                Err(error) => Err(closed(error)),
            };
            finish::<W>(&started, &result);
            result
        }
    }

    fn start_call(&self) -> Started<'static> {
        let description = W::DESCRIPTION;
        let name = match description.caller_name() {
            Some(name) => Cow::Borrowed(name),
            None => Cow::Owned(format!("call {}", description.name())),
        };
        let parent = Context::current();
        self.pool
            .shared
            .provider()
            .start(SpanBuilder::from_name(name), &parent)
            .into_owned()
    }
}

fn finish<W: Worker>(started: &Started<'_>, result: &CallResult<W>) {
    let Started::Recording(context) = started else {
        return;
    };
    let span = context.span();
    match result {
        Ok(output) => {
            if let Some(failure) = W::failure(output) {
                record_failure(&span, &failure);
            }
        }
        Err(CallError::Job(JobError::Panicked(panic))) => record_panic(&span, panic, None),
        Err(CallError::Job(JobError::Abandoned)) => record_text(&span, "abandoned", ABANDONED),
        Err(CallError::Job(JobError::State(_))) => record_text(&span, "abandoned", NO_STATE),
        Err(CallError::Job(JobError::BatchLength { .. })) => {
            record_text(
                &span,
                "batch_length",
                "the worker returned no output for the message",
            );
        }
        Err(CallError::Closed(_)) => {
            record_text(&span, "closed", "the pool takes no more messages");
        }
    }
    span.end();
}

fn closed<M>(error: DispatchError<M>) -> CallError<M> {
    CallError::Closed(error.into_message())
}
