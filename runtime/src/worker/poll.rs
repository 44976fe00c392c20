//! One run of a message whose worker is an `async fn`: its context is current at each poll of the
//! future, and at no other time.

use std::pin::Pin;
use std::task::{self, Poll};
use std::{mem, ptr};

use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt as _;

use super::run::{ActiveSpan, catch_and_log, catch_and_record};
use super::{Envelope, FinishedRun, Runner, SentinelContext, Worker};
use crate::carrier;
use crate::error::{JobError, Panic};
use crate::span::{Metadata, StartedSpan, TracingScope, WorkerSpan};
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
    pub(crate) fn start_async<W: Worker>(&mut self, envelope: &mut Envelope) -> AsyncRun {
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
        self.attached(|active, span| {
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
        })
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
        let span = &self.span;
        let context = span.started.context();
        let recording = matches!(span.started, StartedSpan::Recording(_)).then_some(context);
        let tracing = span.tracing.as_deref();
        let work = || work(span, &WorkerSpan::new(recording, tracing));
        // Where this thread still has a current context, it has one until this returns.
        let Some(outer) = carrier::try_attached() else {
            return within(tracing, work);
        };
        let (returned, leaks) = if tracing.is_none() && has_span_of_its_own(context, &outer) {
            attached_alone(context, work)
        } else {
            above_sentinel(|| {
                within(tracing, || {
                    let _guard = carrier::inside_current(context.clone()).attach();
                    work()
                })
            })
        };
        if leaks {
            restore(&outer);
            if !mem::replace(&mut self.leaked_guard, true) {
                SentinelContext::warn_of_leak_in_task(self.metadata);
            }
        }
        returned
    }
}

fn within<R>(tracing: Option<&TracingScope>, work: impl FnOnce() -> R) -> R {
    match tracing {
        Some(tracing) => tracing.within(work),
        None => work(),
    }
}

/// Returns `true` if `context` can be told from `outer`, and from contexts that are not made of it, by
/// its span.
fn has_span_of_its_own(context: &Context, outer: &Context) -> bool {
    context.has_active_span() && address_of_span(context) != address_of_span(outer)
}

fn address_of_span(context: &Context) -> usize {
    ptr::from_ref(context.span().span_context()).addr()
}

/// Calls `work` with `context` attached, which has a span of its own. Returns `true`, too, if `work`
/// leaked a guard.
///
/// A context that is left above this one has another span, which is seen before this one is detached,
/// or it was made of this one, which is seen after. A sentinel below would cost another attach.
fn attached_alone<R>(context: &Context, work: impl FnOnce() -> R) -> (R, bool) {
    let span = address_of_span(context);
    let is_current = || Context::map_current(|context| address_of_span(context) == span);
    let guard = carrier::inside_current(context.clone()).attach();
    let returned = work();
    let was_current = is_current();
    drop(guard);
    (returned, !was_current || is_current())
}

/// Calls `work` above a sentinel context. Returns `true`, too, if `work` leaked a guard.
fn above_sentinel<R>(work: impl FnOnce() -> R) -> (R, bool) {
    let sentinel = SentinelContext::attach_for_poll();
    let returned = work();
    let leaks = !SentinelContext::is_current();
    drop(sentinel);
    (returned, leaks)
}

impl ActiveSpan<'_> {
    /// Calls `work` and returns its panic, recorded if the span records.
    fn catch<R>(&self, work: impl FnOnce() -> R) -> Result<R, Panic> {
        match &self.started {
            StartedSpan::Recording(context) => catch_and_record(context, work),
            StartedSpan::NonRecording(_) => catch_and_log(work),
        }
    }
}

/// Makes `outer` current again, above a context whose guard was leaked. It stays there, so it must not
/// hold a span that others end.
#[cold]
fn restore(outer: &Context) {
    mem::forget(carrier::without_live_span(outer).attach());
}
