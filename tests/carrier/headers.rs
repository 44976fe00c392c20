//! Anything that is a map of headers.

use std::collections::{BTreeMap, HashMap};
use std::process::Command;

use opentelemetry::Context;
use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::propagation::{Extractor as _, Injector as _, TextMapPropagator as _};
use opentelemetry::trace::TraceContextExt as _;
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};
use traced_worker::Carrier;

const TRACEPARENT: &str = "00-12345678901234567890123456789012-1234567890123456-01";
const HEADERS: [(&str, &str); 3] = [
    ("traceparent", TRACEPARENT),
    ("tracestate", "foo=1,bar=2"),
    ("baggage", "tenant=blue"),
];

#[test]
fn any_collection_of_names_and_values() {
    let expected = Carrier::from_headers(HEADERS);
    let map: HashMap<String, String> = HEADERS
        .iter()
        .map(|(name, value)| (name.to_uppercase(), (*value).to_owned()))
        .collect();
    assert_eq!(Carrier::from_headers(&map), expected);
    let bytes: BTreeMap<&str, Vec<u8>> = HEADERS
        .iter()
        .map(|(name, value)| (*name, value.as_bytes().to_vec()))
        .collect();
    assert_eq!(Carrier::from_headers(bytes), expected);
    assert_eq!(expected.headers().collect::<Vec<_>>(), HEADERS);
    let debug = format!("{expected:?}");
    assert!(
        debug.contains(TRACEPARENT) && debug.contains("\"remote\": true"),
        "{debug}"
    );
}

#[test]
fn other_headers_are_ignored() {
    let carrier = Carrier::from_headers([("x-b3-traceid", "1"), ("cookie", "secret")]);
    assert!(carrier.is_empty());
    assert_eq!(carrier.headers().count(), 0);
}

#[test]
fn a_propagator_reads_a_carrier() {
    let carrier = Carrier::from_headers(HEADERS);
    let context = TraceContextPropagator::new().extract_with_context(&Context::new(), &carrier);
    let context = BaggagePropagator::new().extract_with_context(&context, &carrier);
    let span = context.span();
    assert_eq!(span.span_context(), carrier.extract().span().span_context());
    assert_eq!(context.baggage().get("tenant").unwrap().as_str(), "blue");
    assert_eq!(carrier.get("TraceParent"), Some(TRACEPARENT));
    assert_eq!(carrier.get_all("baggage"), Some(vec!["tenant=blue"]));
    assert_eq!(carrier.get("x-other"), None);
    assert_eq!(carrier.keys(), ["traceparent", "tracestate", "baggage"]);

    let injected = Carrier::inject(&carrier.extract());
    assert_eq!(
        injected.get("traceparent"),
        Some(TRACEPARENT),
        "of one made in the process, too"
    );
    let empty = Carrier::new();
    assert_eq!((empty.get("traceparent"), empty.keys().len()), (None, 0));
}

#[test]
fn a_propagator_writes_a_carrier() {
    let context = Carrier::from_headers(HEADERS).extract();
    let mut carrier = Carrier::new();
    TraceContextPropagator::new().inject_context(&context, &mut carrier);
    BaggagePropagator::new().inject_context(&context, &mut carrier);
    assert_eq!(carrier.headers().collect::<Vec<_>>(), HEADERS);

    // A field that is set again is replaced; what is malformed is the same as none.
    carrier.set("TRACESTATE", "foo=3".to_owned());
    assert_eq!(carrier.get("tracestate"), Some("foo=3"));
    carrier.set("tracestate", String::new());
    assert_eq!(carrier.get("tracestate"), None);
    carrier.set("baggage", "no member".to_owned());
    assert_eq!(carrier.get("baggage"), None);
    let other = "00-12345678901234567890123456789099-1234567890123456-00";
    carrier.set("traceparent", other.to_owned());
    assert_eq!(carrier.get("traceparent"), Some(other));
    carrier.set("traceparent", "bad".to_owned());
    assert!(carrier.is_empty());
}

#[test]
fn a_field_of_any_other_name_is_kept_by_set() {
    let mut carrier = Carrier::new();
    carrier.set("x-tenant", "blue".to_owned());
    carrier.set("X-Tenant", "green".to_owned());
    assert_eq!(carrier.get("x-tenant"), Some("green"));
    assert_eq!(carrier.headers().count(), 1);
    carrier.set("x-huge", "x".repeat(9000));
    assert_eq!(carrier.get("x-huge"), None);
    assert_eq!(carrier.get("x-tenant"), Some("green"));
}

const CHILD: &str = "TRACED_WORKER_TEST_CARRIER_CHILD";

#[test]
fn a_child_process_gets_it_from_its_environment() {
    if std::env::var_os(CHILD).is_some() {
        assert_eq!(Carrier::from_env(), Carrier::from_headers(HEADERS));
        return;
    }
    assert!(Carrier::from_env().is_empty());
    let carrier = Carrier::from_headers(HEADERS);
    let names: Vec<String> = carrier.to_env().map(|(name, _)| name).collect();
    assert_eq!(names, ["TRACEPARENT", "TRACESTATE", "BAGGAGE"]);
    let output = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "headers::a_child_process_gets_it_from_its_environment",
        ])
        .env(CHILD, "1")
        .envs(carrier.to_env())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.contains("1 passed"),
        "{text}"
    );
}
