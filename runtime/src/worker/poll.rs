//! One run of a message whose worker is an `async fn`: its context is current at each poll of the
//! future, and at no other time.

use std::mem;
use std::pin::Pin;
use std::task::{self, Poll};

use opentelemetry::Context;

use super::run::{ActiveSpan, catch_and_record};
use super::{AsyncWorker, Envelope, FinishedRun, Runner, SentinelContext, Worker};
use crate::carrier;
use crate::error::{JobError, Panic};
use crate::span::{Metadata, StartedSpan, WorkerSpan};
use crate::unwind;

/// The span of a run whose future is polled.
pub(crate) struct AsyncRun {
    span: ActiveSpan<'static>,
    metadata: &'static Metadata,
    /// `true` if the worker leaked a context guard.
    leaked_guard: bool,
}

impl Runner {
    /// Starts the worker span, and calls the function under it.
    pub(crate) fn start_async<W: AsyncWorker>(
        &mut self,
        message: W::Message,
        envelope: Envelope,
    ) -> (
        AsyncRun,
        Result<impl Future<Output = W::Output> + Send + 'static + use<W>, Panic>,
    ) {
        self.move_to_this_thread();
        let mut run = AsyncRun {
            span: self.start::<W>(envelope).into_owned(),
            metadata: W::METADATA,
            leaked_guard: false,
        };
        let future = run.attached(|_, span| W::run(message, span));
        (run, future)
    }
}

impl AsyncRun {
    /// Polls the future under the worker's context.
    pub(crate) fn poll<F: Future>(
        &mut self,
        future: Pin<&mut F>,
        cx: &mut task::Context<'_>,
    ) -> Result<Poll<F::Output>, Panic> {
        self.attached(|_, _| future.poll(cx))
    }

    /// Runs a destructor under the worker's context.
    pub(crate) fn drop_attached(&mut self, drop: impl FnOnce()) {
        let _ = self.attached(|_, _| unwind::catch(drop));
    }

    /// Records what the future completed with, or its panic, and ends the span.
    pub(crate) fn finish<W: Worker>(
        mut self,
        returned: Result<W::Output, Panic>,
    ) -> FinishedRun<W::Output> {
        let finished = self.attached(|active, span| {
            let finished = FinishedRun::record::<W>(returned, span);
            active.end();
            finished
        });
        finished.unwrap_or_else(FinishedRun::panicked)
    }

    /// Ends the span of a future that was dropped.
    pub(crate) fn end_early(mut self, reason: &JobError) {
        let _ = self.attached(|active, _| active.end_early(reason));
    }

    /// Returns `true` if the worker leaked a context guard.
    pub(crate) fn has_leaked_guard(&self) -> bool {
        self.leaked_guard
    }

    /// Calls `work` with the worker's context attached. Whatever `work` leaves attached is not
    /// current afterwards.
    fn attached<R>(
        &mut self,
        work: impl FnOnce(&ActiveSpan<'_>, &WorkerSpan<'_>) -> R,
    ) -> Result<R, Panic> {
        let outer = carrier::attached();
        let sentinel = SentinelContext::attach_for_poll();
        let span = &self.span;
        let tracing = span.tracing.as_ref();
        let attached = || {
            let _guard = carrier::attach_innermost(span.started.context().clone());
            match &span.started {
                StartedSpan::Recording(context) => {
                    let worker_span = WorkerSpan::new(Some(context), tracing);
                    catch_and_record(context, || work(span, &worker_span))
                }
                StartedSpan::NonRecording(_) => {
                    unwind::catch(|| work(span, &WorkerSpan::new(None, tracing)))
                }
            }
        };
        let returned = match tracing {
            Some(tracing) => tracing.within(attached),
            None => attached(),
        };
        let Some(sentinel) = sentinel else {
            return returned;
        };
        if SentinelContext::is_current() {
            drop(sentinel);
        } else {
            drop(sentinel);
            restore(outer);
            if !mem::replace(&mut self.leaked_guard, true) {
                SentinelContext::warn_of_leak_in_task(self.metadata);
            }
        }
        returned
    }
}

/// Makes `outer` current again, above a context whose guard was leaked.
#[cold]
fn restore(outer: Context) {
    mem::forget(carrier::attach(outer));
}
