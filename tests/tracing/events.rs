//! Events inside of a worker, and those of its result.

use opentelemetry::trace::Status;
use traced_worker::traced_worker;
use traced_worker_tests::{Layers, TestSubscriber, attribute, event_attribute};
use tracing::{Span, info, instrument};

use crate::pool;

#[traced_worker(tracing)]
fn logs() {
    info!(answer = 42, "in the worker");
}

#[traced_worker(tracing)]
fn fails() -> Result<(), String> {
    Err("no disk".to_owned())
}

#[traced_worker(tracing, err)]
fn fails_aloud() -> Result<(), String> {
    Err("no disk".to_owned())
}

#[traced_worker(tracing, ret, level = "debug")]
fn returns(n: u8) -> Result<u8, String> {
    n.checked_mul(2).ok_or_else(|| "too large".to_owned())
}

#[traced_worker(
    tracing,
    kind = consumer,
    fields(id = _id, text = %text, debug = ?text, "two words" = text.as_str(), late = Empty)
)]
fn has_fields(_id: u64, text: String) {
    Span::current().record("late", text.len());
    info!("inside");
}

#[instrument]
fn instrumented(n: u8) {
    info!("in the function");
}

#[traced_worker(tracing)]
fn calls_instrumented() {
    instrumented(3);
}

#[traced_worker(tracing)]
#[instrument(skip_all)]
fn both() {
    info!("in both");
}

#[instrument(skip_all)]
#[traced_worker(tracing)]
fn both_reversed() {
    info!("in both");
}

#[test]
fn an_event_lands_on_the_worker_span() {
    let subscriber = TestSubscriber::new(Layers::default());
    subscriber.within(|| pool(logs::pool()).call(()).unwrap());
    let span = subscriber.recorder.only("logs");
    let answer = event_attribute(&span, "in the worker", "answer");
    assert_eq!(answer.as_deref(), Some("42"));
}

#[test]
fn an_error_is_recorded_without_a_log_line() {
    let subscriber = TestSubscriber::new(Layers::default());
    subscriber.within(|| {
        let pool = pool(fails::pool());
        let handle = pool.dispatch(()).unwrap();
        handle.wait().unwrap().unwrap_err();
    });
    assert!(subscriber.lines().is_empty());
    let span = subscriber.recorder.only("fails");
    assert_eq!(span.status, Status::error("no disk"));
    assert_eq!(
        attribute(&span, "error.type").unwrap().as_str(),
        "alloc::string::String"
    );
    let message = event_attribute(&span, "exception", "exception.message");
    assert_eq!(message.as_deref(), Some("no disk"));
}

#[test]
fn with_err_an_error_is_an_event_too_and_one_exception() {
    let subscriber = TestSubscriber::new(Layers::default());
    subscriber.within(|| {
        let pool = pool(fails_aloud::pool());
        let handle = pool.dispatch(()).unwrap();
        handle.wait().unwrap().unwrap_err();
    });
    let line = "ERROR fails_aloud: tracing::events: error=no disk";
    assert_eq!(subscriber.lines(), [line]);
    let span = subscriber.recorder.only("fails_aloud");
    assert_eq!(span.status, Status::error("no disk"));
    assert_eq!(
        attribute(&span, "error.type").unwrap().as_str(),
        "alloc::string::String"
    );
    let message = event_attribute(&span, "exception", "exception.message");
    assert_eq!(message.as_deref(), Some("no disk"));
}

#[test]
fn with_ret_the_value_is_an_event_at_the_level_of_the_span() {
    let subscriber = TestSubscriber::new(Layers::default());
    subscriber.within(|| pool(returns::pool()).call(7).unwrap().unwrap());
    assert_eq!(
        subscriber.lines(),
        ["DEBUG returns: tracing::events: return=14"]
    );
    let span = subscriber.recorder.only("returns");
    assert_eq!(span.events.len(), 1);
    assert_eq!(span.status, Status::Unset);
}

#[test]
fn fields_are_those_of_the_span() {
    let subscriber = TestSubscriber::new(Layers::default());
    subscriber.within(|| {
        pool(has_fields::pool())
            .call((7, "a b".to_owned()))
            .unwrap();
    });
    let fields = "otel.kind=\"consumer\" id=7 text=a b debug=\"a b\" two words=\"a b\" late=3";
    let line = format!("INFO has_fields{{{fields}}}: tracing::events: inside");
    assert_eq!(subscriber.lines(), [line]);
    let span = subscriber.recorder.only("has_fields");
    assert_eq!(span.span_kind, opentelemetry::trace::SpanKind::Consumer);
    let expected = [
        ("id", "7"),
        ("text", "a b"),
        ("debug", "\"a b\""),
        ("two words", "a b"),
        ("late", "3"),
    ];
    for (key, value) in expected {
        assert_eq!(attribute(&span, key).unwrap().as_str(), value, "{key}");
    }
}

#[test]
fn an_instrumented_function_is_a_child_of_the_worker_span() {
    let subscriber = TestSubscriber::new(Layers::default());
    subscriber.within(|| pool(calls_instrumented::pool()).call(()).unwrap());
    let line = "INFO calls_instrumented:instrumented{n=3}: tracing::events: in the function";
    assert_eq!(subscriber.lines(), [line]);
}

#[test]
fn instrument_beside_the_attribute_is_the_functions_own_span() {
    let subscriber = TestSubscriber::new(Layers::default());
    subscriber.within(|| {
        pool(both::pool()).call(()).unwrap();
        pool(both_reversed::pool()).call(()).unwrap();
        both();
    });
    let lines = [
        "INFO both:both: tracing::events: in both",
        "INFO both_reversed:both_reversed: tracing::events: in both",
        "INFO both: tracing::events: in both",
    ];
    assert_eq!(subscriber.lines(), lines);
}
