//! What a worker is, and one run of a message: extract, span, run, outcome.

use std::borrow::Cow;
use std::panic::{self, AssertUnwindSafe};

use opentelemetry::trace::{SpanBuilder, TraceContextExt as _};
use opentelemetry::{Context, otel_warn};

use crate::carrier::Carrier;
use crate::error::{JobError, Panic};
use crate::span::{
    Description, Failure, Provider, Started, ThreadAttributes, Ticks, TracerCache, WorkerSpan,
    record_failure, record_panic, record_text, stacktrace,
};

/// A function under [`#[traced_worker]`](macro@crate::traced_worker), as a type of the same name.
///
/// Only the attribute implements it. What generated code implements besides the two types and the
/// description is hidden, and may change in any release.
///
/// # Example
///
/// ```
/// use traced_worker::{Worker, traced_worker};
///
/// #[traced_worker(name = "count words")]
/// fn count(text: String) -> usize {
///     text.split_whitespace().count()
/// }
///
/// assert_eq!(count::DESCRIPTION.name(), "count words");
/// assert_eq!(count("two words".to_owned()), 2);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a worker",
    label = "not a function under `#[traced_worker]`",
    note = "put `#[traced_worker]` on the function, and name the function here"
)]
pub trait Worker: Sized + 'static {
    /// What the worker takes: its argument, `()` for none, a tuple for several.
    type Message: Send + 'static;

    /// What the worker returns.
    type Output: Send + 'static;

    /// What the attribute says of the worker.
    const DESCRIPTION: &'static Description;

    /// Records the fields, then calls the function.
    #[doc(hidden)]
    fn run(message: Self::Message, span: &WorkerSpan<'_>) -> Self::Output;

    /// The error in `output`, if there is one.
    #[doc(hidden)]
    #[must_use]
    fn failure(output: &Self::Output) -> Option<Failure<'_>> {
        let _ = output;
        None
    }

    /// Records what was returned.
    #[doc(hidden)]
    fn record_return(output: &Self::Output, span: &WorkerSpan<'_>) {
        let _ = (output, span);
    }
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Completed,
    Failed,
    Panicked,
}

/// Runs messages on one thread.
#[derive(Debug)]
pub(crate) struct Runner {
    tracers: TracerCache,
    thread: ThreadAttributes,
}

impl Runner {
    pub(crate) fn new(provider: Provider) -> Self {
        Self {
            tracers: TracerCache::new(provider),
            thread: ThreadAttributes::current(),
        }
    }

    /// To be called before the thread waits for work.
    pub(crate) fn rest(&mut self) {
        self.tracers.rest();
    }

    /// Runs one message under its own context, inside a worker span.
    pub(crate) fn run<W: Worker>(
        &mut self,
        message: W::Message,
        carrier: &Carrier,
        queued: Option<Ticks>,
    ) -> (Result<W::Output, JobError>, Ending) {
        match self.start::<W>(carrier, queued) {
            Started::Recording(context) => run_recording::<W>(message, &context),
            Started::Silent(context) => run_silent::<W>(message, context),
        }
    }

    /// Ends the span of a message that will not be run.
    pub(crate) fn abandon<W: Worker>(&mut self, carrier: &Carrier, queued: Option<Ticks>) {
        if let Started::Recording(context) = self.start::<W>(carrier, queued) {
            let span = context.span();
            record_text(&span, "abandoned", "shut down before the message was run");
            span.end();
        }
    }

    fn start<W: Worker>(&mut self, carrier: &Carrier, queued: Option<Ticks>) -> Started {
        let parent = carrier.extract();
        let now = queued.map(|_| Ticks::now());
        let queue_wait = queued
            .zip(now)
            .map(|(queued, now)| now.since(queued).as_secs_f64());
        let description = W::DESCRIPTION;
        let attributes = || self.thread.of_span(description, queue_wait);
        // Attributes for the sampler to see, and in one allocation; but none are made where the
        // span will hardly record.
        let is_likely = may_be_sampled(carrier);
        let started = self.tracers.start(&parent, now, || SpanBuilder {
            name: Cow::Borrowed(description.name()),
            span_kind: Some(description.span_kind()),
            attributes: is_likely.then(attributes),
            ..SpanBuilder::default()
        });
        if let Started::Recording(context) = &started
            && !is_likely
        {
            context.span().set_attributes(attributes());
        }
        started
    }
}

/// Whether a span under this carrier is likely to record: its trace is sampled, or begins here.
pub(crate) fn may_be_sampled(carrier: &Carrier) -> bool {
    carrier.is_sampled() || !carrier.has_span()
}

fn run_recording<W: Worker>(
    message: W::Message,
    context: &Context,
) -> (Result<W::Output, JobError>, Ending) {
    let span = context.span();
    let guard = context.clone().attach();
    stacktrace::watch();
    let worker_span = WorkerSpan::recording(context);
    let result = panic::catch_unwind(AssertUnwindSafe(|| W::run(message, &worker_span)));
    let stacktrace = stacktrace::of_panic();
    let ended = match result {
        Ok(output) => {
            let failure = W::failure(&output);
            let ending = ending_of(failure.as_ref());
            // The user's own `Display` or `Debug` runs here, and may panic as all code may.
            let _ = panic::catch_unwind(AssertUnwindSafe(|| {
                W::record_return(&output, &worker_span);
                if let Some(failure) = &failure {
                    record_failure(&span, failure);
                }
            }))
            .map_err(std::mem::forget);
            (Ok(output), ending)
        }
        Err(payload) => {
            let panic = Panic::new(payload);
            record_panic(&span, &panic, stacktrace);
            (Err(JobError::Panicked(panic)), Ending::Panicked)
        }
    };
    // Explicitly, because user code may have kept a clone of the context.
    span.end();
    drop(guard);
    ended
}

fn run_silent<W: Worker>(
    message: W::Message,
    context: Context,
) -> (Result<W::Output, JobError>, Ending) {
    let _guard = context.attach();
    let span = WorkerSpan::silent();
    match panic::catch_unwind(AssertUnwindSafe(|| W::run(message, &span))) {
        Ok(output) => {
            let ending = ending_of(W::failure(&output).as_ref());
            (Ok(output), ending)
        }
        Err(payload) => (
            Err(JobError::Panicked(Panic::new(payload))),
            Ending::Panicked,
        ),
    }
}

fn ending_of(failure: Option<&Failure<'_>>) -> Ending {
    if failure.is_some() {
        Ending::Failed
    } else {
        Ending::Completed
    }
}

/// The bottom of a worker thread's context stack. A context that lies above it between two
/// messages was left there by the worker's own code: a guard that it leaked.
#[derive(Debug)]
pub(crate) struct Floor {
    _guard: opentelemetry::ContextGuard,
}

struct Marker;

impl Floor {
    pub(crate) fn lay() -> Self {
        Self {
            _guard: Context::new().with_value(Marker).attach(),
        }
    }

    /// Whether the last run left this thread's context as it found it, on its floor.
    pub(crate) fn is_clear() -> bool {
        Context::map_current(|context| context.get::<Marker>().is_some())
    }

    /// Says which worker leaked.
    pub(crate) fn warn_of_leak(description: &Description) {
        otel_warn!(
            name: "Worker.LeakedContextGuard",
            worker = description.name(),
            function = description.function(),
            message = "the worker leaked a ContextGuard: its thread is replaced, the message after it is not affected"
        );
    }
}
