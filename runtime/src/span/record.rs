//! Records an error or a panic on a span: status, `error.type` and an `exception` event, after
//! OpenTelemetry's semantic conventions for exceptions. The API's `record_error` writes no type and
//! sets no status.

use opentelemetry::KeyValue;
use opentelemetry::trace::{SpanRef, Status};

use super::bounded_span::{DEFAULT_ERROR_TYPE, STACKTRACE};
use super::failure::Failure;
use super::text;
use crate::error::{JobError, Panic};

const EXCEPTION_EVENT: &str = "exception";
const EXCEPTION_TYPE: &str = "exception.type";
const EXCEPTION_MESSAGE: &str = "exception.message";

/// The end of a job that was not completed: `cancelled`. The conventions have no name for it.
const OUTCOME: &str = "traced_worker.outcome";

/// Records an error that a worker returned.
pub(crate) fn record_failure(span: &SpanRef<'_>, failure: &Failure<'_>) {
    let message = failure.message().unwrap_or_default();
    record(span, failure.error_type(), message, None);
}

/// Records a panic of a worker.
pub(crate) fn record_panic(span: &SpanRef<'_>, panic: &Panic, stacktrace: Option<String>) {
    let stacktrace = stacktrace.map(|stacktrace| text::copy_long(&stacktrace));
    record(span, "panic", text::copy(panic.message()), stacktrace);
}

/// Records that a job has no output.
pub(crate) fn record_job_error(span: &SpanRef<'_>, error: &JobError) {
    match error {
        JobError::Panicked(panic) => record_panic(span, panic, None),
        JobError::Abandoned => record_text(span, "abandoned", error.to_string()),
        JobError::State(state) => {
            let text = error.to_string();
            let text = match text::with_causes(&**state) {
                Some(state) => format!("{text}: {state}"),
                None => text,
            };
            record_text(span, "state", text);
        }
        JobError::BatchLength { .. } => record_text(span, "batch_length", error.to_string()),
        JobError::WouldDeadlock => record_text(span, "would_deadlock", error.to_string()),
        // A caller's choice is no error.
        JobError::Cancelled => span.set_attribute(KeyValue::new(OUTCOME, "cancelled")),
    }
}

/// Records an error of the pool.
pub(crate) fn record_text(span: &SpanRef<'_>, error_type: &'static str, message: String) {
    record(span, error_type, message, None);
}

fn record(
    span: &SpanRef<'_>,
    error_type: &'static str,
    message: String,
    stacktrace: Option<String>,
) {
    let mut attributes = Vec::with_capacity(3);
    attributes.push(KeyValue::new(EXCEPTION_TYPE, error_type));
    if !message.is_empty() {
        attributes.push(KeyValue::new(EXCEPTION_MESSAGE, message.clone()));
    }
    if let Some(stacktrace) = stacktrace {
        attributes.push(KeyValue::new(STACKTRACE, stacktrace));
    }
    span.add_event(EXCEPTION_EVENT, attributes);
    set_error(span, error_type, message);
}

/// Sets the status and the type of an error whose event is recorded elsewhere.
pub(crate) fn set_error(span: &SpanRef<'_>, error_type: &'static str, message: String) {
    span.set_attribute(KeyValue::new(DEFAULT_ERROR_TYPE, error_type));
    span.set_status(Status::error(message));
}
