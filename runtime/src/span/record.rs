//! How an error or a panic is recorded on a span: status, `error.type`, and an `exception` event,
//! as OpenTelemetry's conventions for exceptions say. `record_error` of the API writes no type
//! and sets no status.

use opentelemetry::KeyValue;
use opentelemetry::trace::{SpanRef, Status};

use super::failure::Failure;
use super::stacktrace;
use crate::error::Panic;

const ERROR_TYPE: &str = "error.type";
const EXCEPTION_EVENT: &str = "exception";
const EXCEPTION_TYPE: &str = "exception.type";
const EXCEPTION_MESSAGE: &str = "exception.message";
const EXCEPTION_STACKTRACE: &str = "exception.stacktrace";

/// Records an error that a worker returned.
pub(crate) fn record_failure(span: &SpanRef<'_>, failure: &Failure<'_>) {
    let message = failure.message().unwrap_or_default();
    record(span, failure.error_type(), message, stacktrace::here());
}

/// Records a panic of a worker, and where it happened.
pub(crate) fn record_panic(span: &SpanRef<'_>, panic: &Panic, stacktrace: Option<String>) {
    record(span, "panic", panic.message().to_owned(), stacktrace);
}

/// Records an error of the pool's own.
pub(crate) fn record_text(span: &SpanRef<'_>, error_type: &'static str, message: &'static str) {
    record(span, error_type, message.to_owned(), None);
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
        attributes.push(KeyValue::new(EXCEPTION_STACKTRACE, stacktrace));
    }
    span.add_event(EXCEPTION_EVENT, attributes);
    span.set_attribute(KeyValue::new(ERROR_TYPE, error_type));
    span.set_status(Status::error(message));
}
