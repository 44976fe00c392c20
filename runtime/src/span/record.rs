//! Records an error or a panic on a span: status, `error.type` and an `exception` event, after
//! OpenTelemetry's semantic conventions for exceptions. The API's `record_error` writes no type and
//! sets no status.

use opentelemetry::KeyValue;
use opentelemetry::trace::{SpanContext, SpanRef, Status};

use super::bounded_span::DEFAULT_ERROR_TYPE;
use super::exception_log;
use super::failure::Failure;
use super::text;
use crate::error::{JobError, Panic};

pub(super) use super::bounded_span::STACKTRACE;

const EXCEPTION_EVENT: &str = "exception";
pub(super) const EXCEPTION_TYPE: &str = "exception.type";
pub(super) const EXCEPTION_MESSAGE: &str = "exception.message";

/// The end of a job that was not completed: `cancelled`. The conventions have no name for it.
const OUTCOME: &str = "traced_worker.outcome";

/// An error or a panic, as it is recorded.
pub(super) struct Exception {
    pub(super) error_type: &'static str,
    pub(super) message: String,
    pub(super) stacktrace: Option<String>,
    #[cfg_attr(
        not(feature = "logs"),
        expect(dead_code, reason = "only a log record has a severity")
    )]
    pub(super) impact: Impact,
}

/// The impact of an exception, from which a log record has its severity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Impact {
    /// A worker returned it: its caller is expected to handle it.
    Returned,
    /// Nobody is expected to handle it.
    Unhandled,
}

/// The order in which spans get to see an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sighting {
    First,
    /// A worker span has it already.
    Repeated,
}

impl Exception {
    fn of_failure(failure: &Failure<'_>) -> Self {
        Self {
            error_type: failure.error_type(),
            message: failure.message().unwrap_or_default(),
            stacktrace: None,
            impact: Impact::Returned,
        }
    }

    fn of_panic(panic: &Panic, stacktrace: Option<String>) -> Self {
        Self {
            error_type: "panic",
            message: text::copy(panic.message()),
            stacktrace: stacktrace.map(|stacktrace| text::copy_long(&stacktrace)),
            impact: Impact::Unhandled,
        }
    }
}

/// Records an error that a worker returned.
pub(crate) fn record_failure(span: &SpanRef<'_>, failure: &Failure<'_>, sighting: Sighting) {
    record(span, Exception::of_failure(failure), sighting);
}

/// Records a panic of a worker.
pub(crate) fn record_panic(span: &SpanRef<'_>, panic: &Panic, stacktrace: Option<String>) {
    record(
        span,
        Exception::of_panic(panic, stacktrace),
        Sighting::First,
    );
}

/// Records an error that a worker returned, under a span that does not record.
pub(crate) fn log_failure(span: &SpanContext, failure: &Failure<'_>) {
    if exception_log::is_on() {
        exception_log::emit(&Exception::of_failure(failure), span);
    }
}

/// Records a panic under a span that does not record.
pub(crate) fn log_panic(span: &SpanContext, panic: &Panic) {
    if exception_log::is_on() {
        exception_log::emit(&Exception::of_panic(panic, None), span);
    }
}

/// Records that a job has no output.
pub(crate) fn record_job_error(span: &SpanRef<'_>, error: &JobError, sighting: Sighting) {
    let record_text = |error_type, message| record_text(span, error_type, message, sighting);
    match error {
        JobError::Panicked(panic) => record(span, Exception::of_panic(panic, None), sighting),
        JobError::Abandoned => record_text("abandoned", error.to_string()),
        JobError::State(state) => {
            let text = error.to_string();
            let text = match text::with_causes(&**state) {
                Some(state) => format!("{text}: {state}"),
                None => text,
            };
            record_text("state", text);
        }
        JobError::BatchLength { .. } => record_text("batch_length", error.to_string()),
        JobError::WouldDeadlock => record_text("would_deadlock", error.to_string()),
        // A caller's choice is no error.
        JobError::Cancelled => span.set_attribute(KeyValue::new(OUTCOME, "cancelled")),
    }
}

/// Records an error of the pool.
pub(crate) fn record_text(
    span: &SpanRef<'_>,
    error_type: &'static str,
    message: String,
    sighting: Sighting,
) {
    let exception = Exception {
        error_type,
        message,
        stacktrace: None,
        impact: Impact::Unhandled,
    };
    record(span, exception, sighting);
}

fn record(span: &SpanRef<'_>, exception: Exception, sighting: Sighting) {
    if sighting == Sighting::First {
        exception_log::emit(&exception, span.span_context());
    }
    if !exception_log::replaces_event() {
        span.add_event(EXCEPTION_EVENT, event_attributes(&exception));
    }
    set_error(span, exception.error_type, exception.message);
}

fn event_attributes(exception: &Exception) -> Vec<KeyValue> {
    let mut attributes = Vec::with_capacity(3);
    attributes.push(KeyValue::new(EXCEPTION_TYPE, exception.error_type));
    if !exception.message.is_empty() {
        attributes.push(KeyValue::new(EXCEPTION_MESSAGE, exception.message.clone()));
    }
    if let Some(stacktrace) = &exception.stacktrace {
        attributes.push(KeyValue::new(STACKTRACE, stacktrace.clone()));
    }
    attributes
}

/// Sets the status and the type of an error whose event is recorded elsewhere.
pub(crate) fn set_error(span: &SpanRef<'_>, error_type: &'static str, message: String) {
    span.set_attribute(KeyValue::new(DEFAULT_ERROR_TYPE, error_type));
    span.set_status(Status::error(message));
}
