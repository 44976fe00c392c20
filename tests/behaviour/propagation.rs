//! Baggage and tracestate arrive in the worker.

use opentelemetry::Context;
use opentelemetry::baggage::{Baggage, BaggageExt as _};
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState,
};
use traced_worker::{Carrier, Traced, traced_worker};
use traced_worker_tests::Recorder;

#[traced_worker]
fn look() -> Context {
    // The worker span itself must not be kept by the reply.
    let span_context = Context::current().span().span_context().clone();
    Context::current().with_remote_span_context(span_context)
}

fn baggage(entries: &[(&'static str, &str, &'static str)]) -> Baggage {
    let mut baggage = Baggage::new();
    for (key, value, metadata) in entries {
        baggage.insert_with_metadata(*key, (*value).to_owned(), *metadata);
    }
    baggage
}

fn read(context: &Context) -> Vec<(String, String, String)> {
    let mut entries: Vec<_> = context
        .baggage()
        .iter()
        .map(|(key, (value, metadata))| (key.to_string(), value.to_string(), metadata.to_string()))
        .collect();
    entries.sort();
    entries
}

#[test]
fn baggage_arrives() {
    let pool = look::pool().threads(1).start().unwrap();
    let entries = [
        ("empty", "", ""),
        ("equals", "a=b==c", ""),
        ("percent", "100% %41", ""),
        ("properties", "value", "ttl=30;sticky"),
        ("separators", "a,b;c\\d\"e f", ""),
        ("unicode", "žluťoučký 🐎\n", ""),
    ];
    let context = Context::new().with_baggage(baggage(&entries));
    let sent = read(&context);
    assert_eq!(sent.len(), entries.len());
    let _guard = context.attach();
    assert_eq!(read(&pool.dispatch(()).unwrap().wait().unwrap()), sent);
}

#[test]
fn the_tracestate_arrives_and_the_worker_span_has_it() {
    let recorder = Recorder::new();
    let pool = recorder.pool(look::pool());
    let state = TraceState::from_key_value([("vendor", "opaque:1"), ("t@other", "2 3")]).unwrap();
    let _guard = Context::new()
        .with_remote_span_context(SpanContext::new(
            TraceId::from(7),
            SpanId::from(9),
            TraceFlags::SAMPLED,
            true,
            state.clone(),
        ))
        .attach();
    let seen = pool.dispatch(()).unwrap().wait().unwrap();
    assert_eq!(seen.span().span_context().trace_state(), &state);
    assert_eq!(recorder.only("look").span_context.trace_state(), &state);
}

#[test]
fn an_empty_carrier_extracts_an_empty_context() {
    let context = Context::new().with_baggage(baggage(&[("key", "value", "")]));
    let _guard = context.attach();
    let extracted = Carrier::new().extract();
    assert!(!extracted.has_active_span());
    assert!(
        extracted.baggage().is_empty(),
        "the current context is not inherited"
    );
    assert!(Carrier::inject(&Context::new()).is_empty());
    assert!(!Carrier::current().is_empty());
}

#[test]
fn traced_runs_under_its_context_and_detaches_it_on_a_panic() {
    let context = Context::new().with_baggage(baggage(&[("key", "value", "")]));
    let traced = Traced::with_context(7, &context).map(|number| number + 1);
    let again = traced.clone();
    let seen = traced.run(|number| (number, read(&Context::current())));
    assert_eq!(seen, (8, read(&context)));
    let panicked = std::panic::catch_unwind(|| again.run(|_| panic!("in the closure")));
    assert!(panicked.is_err());
    assert!(Context::current().baggage().is_empty());
}

#[test]
fn a_traced_message_is_made_of_its_parts() {
    let context = Context::new().with_baggage(baggage(&[("key", "value", "")]));
    let (message, carrier) = Traced::with_context("message", &context).into_parts();
    assert_eq!(message, "message");
    let traced = Traced::from_parts(1, carrier.clone());
    assert_eq!((traced.message(), traced.carrier()), (&1, &carrier));
    assert_eq!(
        format!("{carrier:?}"),
        r#"Carrier {"baggage": "key=value"}"#
    );
}

#[test]
fn a_carrier_takes_at_most_40_bytes() {
    assert!(size_of::<Carrier>() <= 40);
}
