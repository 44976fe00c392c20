//! Anything that is a map of headers.

use std::collections::{BTreeMap, HashMap, HashSet};

use opentelemetry::Context;
use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::propagation::{Extractor as _, Injector as _, TextMapPropagator as _};
use opentelemetry::trace::TraceContextExt as _;
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};
use traced_worker::{Carrier, Traced};

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
    assert_eq!(expected.headers().iter().collect::<Vec<_>>(), HEADERS);
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
    assert_eq!(carrier.headers().len(), 0);
}

#[test]
fn a_propagator_reads_a_carrier() {
    let carrier = Carrier::from_headers(HEADERS);
    let headers = carrier.headers();
    let context = TraceContextPropagator::new().extract_with_context(&Context::new(), &headers);
    let context = BaggagePropagator::new().extract_with_context(&context, &headers);
    let span = context.span();
    assert_eq!(span.span_context(), carrier.extract().span().span_context());
    assert_eq!(context.baggage().get("tenant").unwrap().as_str(), "blue");
    assert_eq!(headers.get("TraceParent"), Some(TRACEPARENT));
    assert_eq!(headers.get_all("baggage"), Some(vec!["tenant=blue"]));
    assert_eq!(headers.get("x-other"), None);
    assert_eq!(headers.keys(), ["traceparent", "tracestate", "baggage"]);

    let injected = Carrier::inject(&carrier.extract());
    assert_eq!(
        injected.headers().get("traceparent"),
        Some(TRACEPARENT),
        "of one made in the process, too"
    );
    let empty = Carrier::new();
    assert_eq!(
        (empty.headers().get("traceparent"), empty.headers().len()),
        (None, 0)
    );
}

#[test]
fn a_propagator_writes_a_carrier() {
    let context = Carrier::from_headers(HEADERS).extract();
    let mut carrier = Carrier::new();
    TraceContextPropagator::new().inject_context(&context, &mut carrier);
    BaggagePropagator::new().inject_context(&context, &mut carrier);
    assert_eq!(carrier.headers().iter().collect::<Vec<_>>(), HEADERS);

    // A field that is set again is replaced; what is malformed is the same as none.
    carrier.set("TRACESTATE", "foo=3".to_owned());
    assert_eq!(carrier.headers().get("tracestate"), Some("foo=3"));
    carrier.set("tracestate", String::new());
    assert_eq!(carrier.headers().get("tracestate"), None);
    carrier.set("baggage", "no member".to_owned());
    assert_eq!(carrier.headers().get("baggage"), None);
    let other = "00-12345678901234567890123456789099-1234567890123456-00";
    carrier.set("traceparent", other.to_owned());
    assert_eq!(carrier.headers().get("traceparent"), Some(other));
    carrier.set("traceparent", "bad".to_owned());
    assert!(carrier.is_empty());
}

#[test]
fn a_field_of_any_other_name_is_kept_by_set() {
    let mut carrier = Carrier::new();
    carrier.set("x-tenant", "blue".to_owned());
    carrier.set("X-Tenant", "green".to_owned());
    assert_eq!(carrier.headers().get("x-tenant"), Some("green"));
    assert_eq!(carrier.headers().len(), 1);
    carrier.set("x-huge", "x".repeat(9000));
    assert_eq!(carrier.headers().get("x-huge"), None);
    assert_eq!(carrier.headers().get("x-tenant"), Some("green"));

    // 8192 bytes of names and values, together.
    let rest = 8192 - "x-tenant".len() - "green".len() - "x-huge".len();
    carrier.set("x-huge", "x".repeat(rest + 1));
    assert_eq!(carrier.headers().get("x-huge"), None);
    carrier.set("x-huge", "x".repeat(rest));
    assert_eq!(carrier.headers().len(), 2);
    carrier.set("x-more", String::new());
    assert_eq!(carrier.headers().len(), 2);
    carrier.set("x-tenant", "red".to_owned());
    assert_eq!(carrier.headers().get("x-tenant"), Some("red"));
}

#[test]
fn a_field_that_no_header_may_be_is_rejected_by_set() {
    let illegal: &[(&str, &str)] = &[
        // RFC 9110, section 5.1: a name is a token.
        ("", "a"),
        ("x mine", "a"),
        ("x-mine:", "a"),
        ("x-mine\r\nset-cookie", "a"),
        ("x\0", "a"),
        ("x-é", "a"),
        ("x\t", "a"),
        ("(x)", "a"),
        // Section 5.5: a value is visible ASCII, spaces and tabs.
        ("x-mine", "a\r\nSet-Cookie: evil=1"),
        ("x-mine", "a\n"),
        ("x-mine", "\ra"),
        ("x-mine", "a\0b"),
        ("x-mine", "a\u{7f}"),
        ("x-mine", "a\u{1b}[31m"),
        ("x-mine", "é"),
        ("x-mine", "a\u{2028}b"),
        ("x-mine", "\u{a0}a"),
    ];
    for (name, value) in illegal {
        let mut carrier = Carrier::new();
        carrier.set("X-Mine", "earlier".to_owned());
        let before = Carrier::rejected_fields().malformed_custom_field;
        carrier.set(name, (*value).to_owned());
        assert!(Carrier::rejected_fields().malformed_custom_field > before);
        let expected = if *name == "x-mine" {
            None
        } else {
            Some("earlier")
        };
        assert_eq!(
            carrier.headers().get("x-mine"),
            expected,
            "{name:?}: {value:?}"
        );
        assert_eq!(carrier.headers().len(), usize::from(expected.is_some()));
    }
    let legal = [
        ("!#$%&'*+-.^_`|~09azAZ", "a", "a"),
        ("x-mine", "", ""),
        ("x-mine", " \ta b\tc~! \t", "a b\tc~!"),
    ];
    for (name, value, expected) in legal {
        let mut carrier = Carrier::new();
        carrier.set(name, value.to_owned());
        assert_eq!(carrier.headers().get(name), Some(expected));
    }
}

#[test]
fn headers_are_lent_and_copied() {
    let carrier = Carrier::from_headers(HEADERS);
    let headers = carrier.headers();
    assert_eq!((headers.len(), headers.is_empty()), (3, false));
    let mut lent = Vec::new();
    for (name, value) in &headers {
        lent.push((name, value));
    }
    assert_eq!(lent, HEADERS);
    let copied: BTreeMap<String, String> = carrier.headers().into_iter().collect();
    assert_eq!(Carrier::from_headers(&copied), carrier);
    assert_eq!(Carrier::from_headers(&headers), carrier);
    assert!(format!("{headers:?}").starts_with(r#"{"traceparent": "00-12"#));
    let empty = Carrier::new();
    assert!(empty.headers().is_empty());

    // A tracestate must not be sent without its traceparent (W3C Trace Context, section 3.3).
    let mut carrier = Carrier::new();
    carrier.set("tracestate", "foo=1".to_owned());
    assert!(carrier.headers().is_empty());
    carrier.set("traceparent", TRACEPARENT.to_owned());
    assert_eq!(carrier.headers().len(), 2);
}

#[test]
fn equal_carriers_and_messages_have_equal_hashes() {
    let mut carriers = HashSet::from([Carrier::new(), Carrier::from_headers(HEADERS)]);
    assert!(!carriers.insert(Carrier::from_headers(HEADERS)));
    assert!(carriers.insert(Carrier::from_headers([HEADERS[0]])));
    // A field that was set and removed leaves nothing behind.
    let mut carrier = Carrier::new();
    carrier.set("baggage", "a=1".to_owned());
    carrier.set("baggage", String::new());
    assert!(!carriers.insert(carrier.clone()));
    let messages = HashSet::from([Traced::from_parts(7, carrier)]);
    assert!(messages.contains(&Traced::from_parts(7, Carrier::new())));
}
