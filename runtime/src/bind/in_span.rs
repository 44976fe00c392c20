//! Closures and futures in a span of their own.

use std::any::{self, Any};
use std::borrow::Cow;
use std::mem;
use std::panic::{self, AssertUnwindSafe, Location};
use std::pin::Pin;
use std::task::{self, Poll};

use opentelemetry::ContextGuard;
use opentelemetry::trace::{SpanBuilder, SpanRef, TraceContextExt as _};
use pin_project_lite::pin_project;

use crate::carrier;
use crate::error::{JobError, Panic};
use crate::span::{
    Anchor, Metadata, Monotonic, Provider, Sighting, StartedSpan, ThreadAttributes, WallClock,
    record_job_error, record_panic,
};
use crate::unwind;

/// A span that is not started yet.
pub(super) struct InSpan {
    name: Cow<'static, str>,
    code: Metadata,
}

impl InSpan {
    /// Describes the span of a closure or a future of type `F`.
    pub(super) fn new<F>(name: Cow<'static, str>, place: &'static Location<'static>) -> Self {
        let code = Metadata::new("", any::type_name::<F>(), place.file(), place.line());
        Self { name, code }
    }

    /// Calls `f` in the span, under the current context.
    pub(super) fn run<R>(self, f: impl FnOnce() -> R) -> R {
        let span = ActiveSpan::start(self);
        let _guard = span.attach();
        match panic::catch_unwind(AssertUnwindSafe(f)) {
            Ok(returned) => {
                span.end();
                returned
            }
            Err(payload) => span.resume(payload),
        }
    }

    /// Returns a future that polls `future` in the span, under the context that is current at its first
    /// poll.
    pub(super) fn poll<F: Future>(self, future: F) -> impl Future<Output = F::Output> {
        InSpanFuture {
            span: FutureSpan::New(self),
            future: Some(future),
        }
    }
}

/// A span that has started. It must be ended, because user code may keep a clone of its context.
struct ActiveSpan {
    started: StartedSpan<'static>,
    /// Converts its end to the wall clock.
    anchor: Option<Anchor>,
}

impl ActiveSpan {
    fn start(span: InSpan) -> Self {
        let parent = carrier::current();
        let provider = Provider::Global;
        // Attributes are made before the start, for samplers to see; but not where the span will
        // hardly record.
        let may_record = {
            let parent = parent.span();
            let span_context = parent.span_context();
            span_context.is_sampled() || !span_context.is_valid()
        };
        let is_likely = may_record && !provider.is_absent();
        let code = span.code;
        let attributes = || ThreadAttributes::current().of_span(&code, None);
        let start = || {
            let now = Monotonic::now();
            (now, WallClock::default().anchor(now))
        };
        let times = is_likely.then(start);
        let name = span.name;
        // Samplers and span processors are foreign code.
        let started = unwind::catch(|| {
            let builder = SpanBuilder {
                name,
                start_time: times.map(|(now, anchor)| anchor.to_wall(now)),
                attributes: is_likely.then(attributes),
                ..SpanBuilder::default()
            };
            provider.start(builder, &parent).into_owned()
        });
        let active = match started {
            Ok(started) => Self {
                anchor: times.map(|(_, anchor)| anchor),
                started,
            },
            Err(_) => Self {
                anchor: None,
                started: StartedSpan::NonRecording(Cow::Owned(parent)),
            },
        };
        if is_likely {
            return active;
        }
        active.record(|span| span.set_attributes(attributes()));
        Self {
            anchor: Some(start().1),
            ..active
        }
    }

    fn attach(&self) -> Option<ContextGuard> {
        carrier::attach_innermost(self.started.context().clone())
    }

    /// Calls `record` with the span, if it records.
    fn record(&self, record: impl FnOnce(&SpanRef<'_>)) {
        if let StartedSpan::Recording(context) = &self.started {
            let _ = unwind::catch(|| record(&context.span()));
        }
    }

    fn end(&self) {
        self.record(|span| match self.anchor {
            Some(anchor) => span.end_with_timestamp(anchor.to_wall(Monotonic::now())),
            None => span.end(),
        });
    }

    /// Records a panic, ends the span, and resumes the panic.
    fn resume(&self, payload: Box<dyn Any + Send>) -> ! {
        let panic = Panic::new(payload);
        self.record(|span| record_panic(span, &panic, None));
        self.end();
        panic::resume_unwind(panic.into_payload())
    }
}

/// The span of a future.
enum FutureSpan {
    New(InSpan),
    Active(ActiveSpan),
    Ended,
}

pin_project! {
    struct InSpanFuture<F> {
        span: FutureSpan,
        // `None` once it was dropped.
        #[pin]
        future: Option<F>,
    }

    impl<F> PinnedDrop for InSpanFuture<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let FutureSpan::Active(span) = &*this.span {
                span.record(|span| record_job_error(span, &JobError::Cancelled, Sighting::First));
                let _guard = span.attach();
                this.future.set(None);
                span.end();
            }
        }
    }
}

impl<F: Future> Future for InSpanFuture<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut task::Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let Some(future) = this.future.as_pin_mut() else {
            // It is set to `None` only where it is dropped.
            return Poll::Pending;
        };
        let span = match mem::replace(this.span, FutureSpan::Ended) {
            FutureSpan::New(span) => ActiveSpan::start(span),
            FutureSpan::Active(span) => span,
            FutureSpan::Ended => return future.poll(context),
        };
        let _guard = span.attach();
        match panic::catch_unwind(AssertUnwindSafe(|| future.poll(context))) {
            Ok(Poll::Pending) => {
                *this.span = FutureSpan::Active(span);
                Poll::Pending
            }
            Ok(Poll::Ready(output)) => {
                span.end();
                Poll::Ready(output)
            }
            Err(payload) => span.resume(payload),
        }
    }
}
