//! Errors and panics as log records. The variable that asks for them is read once, so each of its
//! values has a process of its own.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use opentelemetry::logs::{AnyValue, Severity};
use opentelemetry::trace::{Status, TraceFlags};
use opentelemetry::{InstrumentationScope, global};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{InMemoryLogExporter, LogProcessor, SdkLogRecord, SdkLoggerProvider};
use opentelemetry_sdk::trace::{Sampler, SpanData};
use traced_worker::{bind_in_span, set_exception_logger_provider, traced_worker};
use traced_worker_tests::{HANGS, Recorder, attribute, local_context};

const SIGNAL: &str = "OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN";
const ROLE: &str = "TRACED_WORKER_TEST_ROLE";

/// Runs the test `role` in a process of its own, with this value of the variable.
#[track_caller]
fn run(role: &str, signal: &str) {
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", role, "--nocapture"])
        .env(SIGNAL, signal)
        .env(ROLE, role)
        .status()
        .unwrap();
    assert!(status.success(), "{role} with {signal:?}");
}

/// Returns the value of the variable in the process that plays this role.
fn signal_of(role: &str) -> Option<String> {
    (std::env::var(ROLE).ok()? == role).then(|| std::env::var(SIGNAL).unwrap())
}

#[traced_worker]
fn parse(text: &'static str) -> Result<u32, std::num::ParseIntError> {
    assert!(text != "panic", "deliberate");
    text.parse()
}

/// The log records of this process.
struct Logs {
    exporter: InMemoryLogExporter,
    _provider: SdkLoggerProvider,
}

impl Logs {
    fn new() -> Self {
        let exporter = InMemoryLogExporter::default();
        let provider = SdkLoggerProvider::builder()
            .with_resource(Resource::builder_empty().build())
            .with_simple_exporter(exporter.clone())
            .build();
        set_exception_logger_provider(&provider);
        Self {
            exporter,
            _provider: provider,
        }
    }

    fn take(&self) -> Vec<SdkLogRecord> {
        let logs = self.exporter.get_emitted_logs().unwrap();
        self.exporter.reset();
        logs.into_iter().map(|log| log.record).collect()
    }
}

fn text(record: &SdkLogRecord, key: &str) -> Option<String> {
    let mut attributes = record.attributes_iter();
    let (_, value) = attributes.find(|(name, _)| name.as_str() == key)?;
    match value {
        AnyValue::String(text) => Some(text.to_string()),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn assert_record(record: &SdkLogRecord, span: &SpanData, severity: Severity, expected: [&str; 2]) {
    assert_eq!(record.severity_number(), Some(severity));
    assert_eq!(record.event_name(), Some("traced_worker.run.exception"));
    assert!(record.timestamp().is_some());
    let [kind, message] = expected;
    assert_eq!(text(record, "exception.type").as_deref(), Some(kind));
    assert_eq!(text(record, "exception.message").as_deref(), Some(message));
    let context = &span.span_context;
    let ids = record.trace_context().unwrap();
    let ids = (ids.trace_id, ids.span_id);
    assert_eq!(ids, (context.trace_id(), context.span_id()));
}

fn events(span: &SpanData) -> Vec<&str> {
    span.events
        .iter()
        .map(|event| event.name.as_ref())
        .collect()
}

const PARSE_ERROR: [&str; 2] = [
    "core::num::error::ParseIntError",
    "invalid digit found in string",
];

#[test]
fn each_exception_has_the_form_that_is_asked_for() {
    let role = "each_exception_has_the_form_that_is_asked_for";
    let Some(signal) = signal_of(role) else {
        for signal in ["", "logs", "LOGS", "logs/dup", "spans"] {
            run(role, signal);
        }
        return;
    };
    let (has_log, has_event) = match signal.as_str() {
        "logs" | "LOGS" => (true, false),
        "logs/dup" => (true, true),
        _ => (false, true),
    };
    let logs = Logs::new();
    for (message, severity, expected) in [
        ("x", Severity::Warn, PARSE_ERROR),
        ("panic", Severity::Error, ["panic", "deliberate"]),
    ] {
        let recorder = Recorder::new();
        let pool = recorder.pool(parse::pool());
        let _ = pool.dispatch(message).unwrap().wait();
        let span = &recorder.only("parse");
        assert_eq!(events(span), ["exception"][usize::from(!has_event)..]);
        assert_eq!(attribute(span, "error.type"), Some(&expected[0].into()));
        assert_eq!(span.status, Status::error(expected[1]));
        let records = logs.take();
        assert_eq!(records.len(), usize::from(has_log), "{records:?}");
        for record in &records {
            assert_record(record, span, severity, expected);
        }
        assert!(pool.dispatch("1").unwrap().wait().unwrap().is_ok());
        assert_eq!(logs.take().len(), 0);
    }
}

#[test]
fn a_call_has_one_record_and_two_statuses() {
    let role = "a_call_has_one_record_and_two_statuses";
    let Some(_) = signal_of(role) else {
        return run(role, "logs");
    };
    let logs = Logs::new();
    for (message, error_type) in [("x", PARSE_ERROR[0]), ("panic", "panic")] {
        let recorder = Recorder::new();
        let _ = recorder.pool(parse::pool()).call(message);
        assert_eq!(recorder.spans().len(), 2);
        for span in &recorder.spans() {
            assert_eq!(attribute(span, "error.type"), Some(&error_type.into()));
            assert_eq!(events(span), [""; 0]);
        }
        let records = logs.take();
        assert_eq!(records.len(), 1, "{records:?}");
        let span_id = records[0].trace_context().unwrap().span_id;
        assert_eq!(span_id, recorder.only("parse").span_context.span_id());
    }
    // An error of the call itself is seen nowhere else.
    let pool = Recorder::new().pool(parse::pool());
    pool.shutdown(HANGS);
    let _ = pool.call("1");
    let records = logs.take();
    let kinds: Vec<_> = records
        .iter()
        .map(|it| text(it, "exception.type"))
        .collect();
    assert_eq!(kinds, [Some("closed".to_owned())]);
}

#[test]
fn exceptions_of_unsampled_traces_are_logged_under_their_span() {
    let role = "exceptions_of_unsampled_traces_are_logged_under_their_span";
    let Some(_) = signal_of(role) else {
        return run(role, "logs");
    };
    let logs = Logs::new();
    let unsampled = Recorder::with_sampler(Sampler::AlwaysOff);
    let pool = unsampled.pool(parse::pool());
    let _guard = local_context(7, 8, TraceFlags::default()).attach();
    for (message, severity) in [("x", Severity::Warn), ("panic", Severity::Error)] {
        let _ = pool.dispatch(message).unwrap().wait();
        let records = logs.take();
        assert_eq!(records.len(), 1, "{records:?}");
        assert_eq!(records[0].severity_number(), Some(severity));
        let ids = records[0].trace_context().unwrap();
        assert_eq!(ids.trace_id, 7.into());
        assert_eq!(ids.trace_flags, Some(TraceFlags::default()));
    }
    assert_eq!(unsampled.spans().len(), 0);
}

#[test]
fn a_bound_closure_has_its_record() {
    let role = "a_bound_closure_has_its_record";
    let Some(_) = signal_of(role) else {
        return run(role, "logs/dup");
    };
    let (logs, recorder) = (Logs::new(), Recorder::new());
    global::set_tracer_provider(recorder.provider().clone());
    let panicked = thread::spawn(bind_in_span("bound", || panic!("deliberate"))).join();
    assert!(panicked.is_err());
    let span = recorder.only("bound");
    assert_record(
        &logs.take()[0],
        &span,
        Severity::Error,
        ["panic", "deliberate"],
    );
}

/// A processor that dispatches a message while it is called, and panics.
#[derive(Debug, Default)]
struct Foreign {
    was_called: AtomicBool,
}

impl LogProcessor for &'static Foreign {
    fn emit(&self, _: &mut SdkLogRecord, _: &InstrumentationScope) {
        self.was_called.store(true, Ordering::SeqCst);
        // It would wait for itself if a lock were held.
        set_exception_logger_provider(&SdkLoggerProvider::builder().build());
        panic!("deliberate");
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }
}

#[test]
fn a_log_processor_may_panic_and_replace_the_provider() {
    let role = "a_log_processor_may_panic_and_replace_the_provider";
    let Some(_) = signal_of(role) else {
        return run(role, "logs");
    };
    let foreign: &'static Foreign = Box::leak(Box::default());
    let provider = SdkLoggerProvider::builder()
        .with_log_processor(foreign)
        .build();
    set_exception_logger_provider(&provider);
    let recorder = Recorder::new();
    let pool = recorder.pool(parse::pool());
    assert!(pool.dispatch("x").unwrap().wait().unwrap().is_err());
    assert!(foreign.was_called.load(Ordering::SeqCst));
    assert!(pool.dispatch("2").unwrap().wait().unwrap().is_ok());
    assert_eq!(recorder.spans().len(), 2);
}

#[test]
fn without_a_logger_the_event_stays() {
    let role = "without_a_logger_the_event_stays";
    let Some(_) = signal_of(role) else {
        return run(role, "logs");
    };
    let recorder = Recorder::new();
    let pool = recorder.pool(parse::pool());
    let _ = pool.dispatch("x").unwrap().wait();
    assert_eq!(events(&recorder.only("parse")), ["exception"]);
}
