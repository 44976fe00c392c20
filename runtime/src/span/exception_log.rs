//! Exceptions as log records: OpenTelemetry semantic conventions, "Exceptions in logs".

use std::env;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};
use std::time::SystemTime;

use opentelemetry::InstrumentationScope;
use opentelemetry::logs::{LogRecord as _, Logger, LoggerProvider, Severity};
use opentelemetry::trace::SpanContext;

use super::record::{EXCEPTION_MESSAGE, EXCEPTION_TYPE, Exception, Impact, STACKTRACE};
use crate::detached::Detached;

const SIGNAL: &str = "OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN";

/// The conventions recommend the operation with this suffix.
const EVENT_NAME: &str = "traced_worker.run.exception";

/// Sets the logger provider that gets the errors and panics of workers as log records.
///
/// That is done if `OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN` is `logs`: in place of the `exception` event
/// of a span; or if it is `logs/dup`: in addition to it. The variable is read once. Otherwise, and
/// until a provider is set, the event alone is recorded.
///
/// A record has the trace and the span id of the worker span, `exception.type`, `exception.message`,
/// the stack trace of a panic where that is asked for, and the event name
/// `traced_worker.run.exception`. Its severity is `ERROR`; it is `WARN` for an error that a worker
/// returned to its caller. Each error has one record: on the span of [`Pool::call`](crate::Pool::call)
/// it is seen by the status and by `error.type`. Errors of unsampled traces have a record, too. A
/// worker whose span is one of `tracing` has its event instead, which an appender makes a log record.
///
/// A provider that is set later replaces the earlier one.
///
/// # Examples
///
/// ```
/// use opentelemetry_sdk::logs::SdkLoggerProvider;
///
/// let logs = SdkLoggerProvider::builder().build();
/// traced_worker::set_exception_logger_provider(&logs);
/// ```
#[cfg_attr(docsrs, doc(cfg(feature = "logs")))]
pub fn set_exception_logger_provider<P>(provider: &P)
where
    P: LoggerProvider,
    P::Logger: Send + Sync + 'static,
{
    let scope = InstrumentationScope::builder("traced-worker")
        .with_version(env!("CARGO_PKG_VERSION"))
        .build();
    let logger: Arc<BoxedLogger> = Arc::new(Box::new(provider.logger_with_scope(scope)));
    let mut current = LOGGER.write().unwrap_or_else(PoisonError::into_inner);
    let replaced = current.replace(logger);
    drop(current);
    drop(replaced);
}

type BoxedLogger = Box<dyn Emit>;

static LOGGER: RwLock<Option<Arc<BoxedLogger>>> = RwLock::new(None);

/// The form in which exceptions are recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Event,
    Log,
    Both,
}

impl Form {
    fn of_process() -> Self {
        static FORM: LazyLock<Form> = LazyLock::new(|| {
            let value = env::var(SIGNAL).unwrap_or_default();
            match value.trim().to_ascii_lowercase().as_str() {
                "logs" => Form::Log,
                "logs/dup" => Form::Both,
                _ => Form::Event,
            }
        });
        *FORM
    }
}

/// Returns `true` if an exception is a log record, and no event.
pub(super) fn replaces_event() -> bool {
    Form::of_process() == Form::Log && is_on()
}

/// Returns `true` if exceptions are log records.
pub(crate) fn is_on() -> bool {
    let has_logger = || {
        let logger = LOGGER.read().unwrap_or_else(PoisonError::into_inner);
        logger.is_some()
    };
    Form::of_process() != Form::Event && has_logger()
}

/// Emits a log record, if exceptions are log records. Runs foreign code.
pub(super) fn emit(exception: &Exception, span: &SpanContext) {
    if Form::of_process() == Form::Event {
        return;
    }
    // Taken out, because no lock is held while foreign code runs.
    let logger = LOGGER
        .read()
        .unwrap_or_else(PoisonError::into_inner)
        .clone();
    let Some(logger) = logger else {
        return;
    };
    logger.emit(exception, span);
    if let Some(last) = Arc::into_inner(logger) {
        // It was replaced meanwhile. Its provider may shut down when it is dropped.
        Detached::run("exception-logger", move || drop(last));
    }
}

/// A logger of any type.
trait Emit: Send + Sync {
    fn emit(&self, exception: &Exception, span: &SpanContext);
}

impl<L: Logger + Send + Sync> Emit for L {
    fn emit(&self, exception: &Exception, span: &SpanContext) {
        let mut record = self.create_log_record();
        let (severity, text) = match exception.impact {
            Impact::Returned => (Severity::Warn, "WARN"),
            Impact::Unhandled => (Severity::Error, "ERROR"),
        };
        record.set_event_name(EVENT_NAME);
        record.set_timestamp(SystemTime::now());
        record.set_severity_number(severity);
        record.set_severity_text(text);
        record.add_attribute(EXCEPTION_TYPE, exception.error_type);
        if !exception.message.is_empty() {
            record.add_attribute(EXCEPTION_MESSAGE, exception.message.clone());
        }
        if let Some(stacktrace) = &exception.stacktrace {
            record.add_attribute(STACKTRACE, stacktrace.clone());
        }
        if span.is_valid() {
            let flags = Some(span.trace_flags());
            record.set_trace_context(span.trace_id(), span.span_id(), flags);
        }
        Logger::emit(self, record);
    }
}
