//! One run of a message whose worker is an `async fn`: its context is current at each poll of the
//! future, and at no other time.

use std::mem;
use std::pin::Pin;
use std::task::{self, Poll};

use opentelemetry::Context;

use super::run::{ActiveSpan, catch_and_record};
use super::{Envelope, FinishedRun, Runner, SentinelContext, Worker};
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
    /// Starts the worker span.
    pub(crate) fn start_async<W: Worker>(&mut self, envelope: Envelope) -> AsyncRun {
        self.move_to_this_thread();
        AsyncRun {
            span: self.start::<W>(envelope).into_owned(),
            metadata: W::METADATA,
            leaked_guard: false,
        }
    }
}

impl AsyncRun {
    /// Polls the future, which `call` makes before the first poll, under the worker's context.
    ///
    /// A future that completes or panics is dropped, its output is recorded and the span is ended under
    /// that context, too: attaching it once for all of it is a good part of what a run costs.
    pub(crate) fn poll<W, F>(
        &mut self,
        mut future: Pin<&mut Option<F>>,
        call: Option<impl FnOnce(&WorkerSpan<'_>) -> F>,
        cx: &mut task::Context<'_>,
    ) -> Poll<FinishedRun<W::Output>>
    where
        W: Worker,
        F: Future<Output = W::Output>,
    {
        let polled = self.attached(|active, span| {
            let polled = active.catch(|| {
                if let Some(call) = call {
                    future.set(Some(call(span)));
                }
                let future = future.as_mut().as_pin_mut();
                future.map_or(Poll::Pending, |future| future.poll(cx))
            });
            let returned = match polled {
                Ok(Poll::Pending) => return Poll::Pending,
                Ok(Poll::Ready(output)) => Ok(output),
                Err(panic) => Err(panic),
            };
            let _ = unwind::catch(|| future.set(None));
            let finished = active.catch(|| FinishedRun::record::<W>(returned, span));
            active.end();
            Poll::Ready(finished.unwrap_or_else(FinishedRun::panicked))
        });
        polled
    }

    /// Drops the future of a job that is not run to its end, and ends the span.
    pub(crate) fn end_early<F>(&mut self, mut future: Pin<&mut Option<F>>, reason: &JobError) {
        self.attached(|active, _| {
            let _ = unwind::catch(|| future.set(None));
            active.end_early(reason);
        });
    }

    /// Returns `true` if the worker leaked a context guard.
    pub(crate) fn has_leaked_guard(&self) -> bool {
        self.leaked_guard
    }

    /// Calls `work`, which does not panic, with the worker's context attached. Whatever `work` leaves
    /// attached is not current afterwards.
    fn attached<R>(&mut self, work: impl FnOnce(&ActiveSpan<'_>, &WorkerSpan<'_>) -> R) -> R {
        let outer = carrier::attached();
        let sentinel = SentinelContext::attach_for_poll();
        let span = &self.span;
        let tracing = span.tracing.as_ref();
        let attached = || {
            let context = span.started.context();
            let _guard = carrier::attach_innermost(context.clone());
            let recording = matches!(span.started, StartedSpan::Recording(_)).then_some(context);
            work(span, &WorkerSpan::new(recording, tracing))
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

impl ActiveSpan<'_> {
    /// Calls `work` and returns its panic, recorded if the span records.
    fn catch<R>(&self, work: impl FnOnce() -> R) -> Result<R, Panic> {
        match &self.started {
            StartedSpan::Recording(context) => catch_and_record(context, work),
            StartedSpan::NonRecording(_) => unwind::catch(work),
        }
    }
}

/// Makes `outer` current again, above a context whose guard was leaked.
#[cold]
fn restore(outer: Context) {
    mem::forget(carrier::attach(outer));
}
