//! Header -> carrier -> dispatched worker -> its span -> carrier -> header.

use opentelemetry::Context;
use opentelemetry::trace::Tracer as _;
use opentelemetry_sdk::trace::SdkTracer;
use traced_worker::{Carrier, traced_worker};
use traced_worker_tests::Recorder;

pub(crate) type Headers = Vec<(String, String)>;

#[traced_worker]
fn answer(child: Option<SdkTracer>) -> Headers {
    let send = || Carrier::current().headers().into_iter().collect();
    match child {
        Some(tracer) => tracer.in_span("child", |_| send()),
        None => send(),
    }
}

/// Returns the headers that the worker's span sends on, of a message that came in with `headers`.
pub(crate) fn hop(recorder: &Recorder, headers: &[(&str, &str)]) -> Headers {
    through(recorder, headers, None)
}

/// Returns the headers that a span sends on which the worker starts.
pub(crate) fn hop_through_child(recorder: &Recorder, headers: &[(&str, &str)]) -> Headers {
    through(recorder, headers, Some(recorder.tracer()))
}

fn through(recorder: &Recorder, headers: &[(&str, &str)], child: Option<SdkTracer>) -> Headers {
    let pool = answer::pool()
        .threads(1)
        .tracer_provider(recorder.provider())
        .start()
        .unwrap();
    let context = Carrier::from_headers(headers.iter().copied()).extract();
    let _guard = context.attach();
    pool.dispatch(child).unwrap().wait().unwrap()
}

/// The value of a field that is there once.
pub(crate) fn field(headers: &Headers, name: &str) -> Option<String> {
    let mut values = headers.iter().filter(|(field, _)| field == name);
    let value = values.next().map(|(_, value)| value.clone());
    assert!(values.next().is_none(), "{name} is sent once");
    value
}

#[test]
fn a_span_of_this_process_is_not_remote() {
    Recorder::new().tracer().in_span("local", |_| {
        let carrier = Carrier::current();
        assert!(carrier.has_span() && !carrier.is_remote() && !carrier.is_empty());
    });
}

#[test]
fn a_carrier_is_empty_if_it_has_nothing_to_carry() {
    assert!(Carrier::inject(&Context::new()).is_empty());
    let suppressed = Context::new().with_telemetry_suppressed();
    assert!(!Carrier::inject(&suppressed).is_empty());
    assert!(!Carrier::from_headers([("baggage", "a=1")]).is_empty());
}

#[test]
fn the_trace_goes_on_and_the_span_is_another() {
    let recorder = Recorder::new();
    let sent = hop(
        &recorder,
        &[(
            "traceparent",
            "00-12345678901234567890123456789012-1234567890123456-01",
        )],
    );
    let span = recorder.only("answer");
    assert_eq!(
        field(&sent, "traceparent").unwrap(),
        format!(
            "00-12345678901234567890123456789012-{}-01",
            span.span_context.span_id()
        )
    );
    assert_eq!(sent.len(), 1, "no tracestate is sent empty: {sent:?}");
    assert!(span.parent_span_is_remote);
    assert!(!Context::current().is_telemetry_suppressed());
}
