//! serde: a carrier is a map of header fields, a traced message what the article sends.

use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt as _;
use serde_json::{Value, json};
use traced_worker::{Carrier, Traced};

const TRACEPARENT: &str = "00-12345678901234567890123456789012-1234567890123456-01";

#[test]
fn a_carrier_is_a_map_of_header_fields() {
    let fields = json!({"traceparent": TRACEPARENT, "tracestate": "foo=1", "baggage": "a=1"});
    let carrier: Carrier = serde_json::from_value(fields.clone()).unwrap();
    assert!(carrier.is_remote());
    assert_eq!(serde_json::to_value(&carrier).unwrap(), fields);
    assert_eq!(serde_json::to_value(Carrier::new()).unwrap(), json!({}));
    let text = serde_json::to_string(&carrier).unwrap();
    assert_eq!(serde_json::from_str::<Carrier>(&text).unwrap(), carrier);
    let reader = text.as_bytes();
    assert_eq!(
        serde_json::from_reader::<_, Carrier>(reader).unwrap(),
        carrier
    );
}

#[test]
fn a_traced_message_is_what_the_article_sends() {
    let sent = json!({"payload": {"id": 7}, "traceContext": {"traceparent": TRACEPARENT}});
    let traced: Traced<Value> = serde_json::from_value(sent.clone()).unwrap();
    assert_eq!(serde_json::to_value(&traced).unwrap(), sent);
    traced.run(|payload| {
        assert_eq!(payload, json!({"id": 7}));
        let context = Context::current();
        assert_eq!(
            context.span().span_context().span_id().to_string(),
            "1234567890123456"
        );
    });
}

#[test]
fn a_malformed_trace_context_never_loses_the_payload() {
    for bad in [
        r#"{"payload": 7}"#,
        r#"{"traceContext": null, "payload": 7}"#,
        r#"{"payload": 7, "traceContext": true}"#,
        r#"{"payload": 7, "traceContext": -3}"#,
        r#"{"payload": 7, "traceContext": 3.5}"#,
        r#"{"payload": 7, "traceContext": "00-text"}"#,
        r#"{"payload": 7, "traceContext": ["traceparent", {"a": 1}]}"#,
        r#"{"payload": 7, "traceContext": {}}"#,
        r#"{"payload": 7, "traceContext": {"traceparent": "bad", "tracestate": "foo=1"}}"#,
        r#"{"payload": 7, "traceContext": {"traceparent": null}}"#,
        r#"{"payload": 7, "traceContext": {"traceparent": 5, "tracestate": {"a": [1]}}}"#,
        r#"{"payload": 7, "traceContext": {"traceparent": ["00-text"], "x": 1e99}}"#,
        r#"{"payload": 7, "traceContext": {"": "", "unknown": "ignored"}}"#,
    ] {
        let traced: Traced<u32> = serde_json::from_str(bad).unwrap();
        assert_eq!(traced.message(), &7, "{bad}");
        assert!(traced.carrier().is_empty(), "{bad}");
    }
}

#[test]
fn the_other_fields_of_a_bad_one_are_still_read() {
    let text = format!(
        r#"{{"payload": 7, "traceContext": {{"x": [], "TraceParent": "{TRACEPARENT}", "baggage": 1}}}}"#
    );
    let traced: Traced<u32> = serde_json::from_str(&text).unwrap();
    assert!(traced.carrier().has_span());
}

#[test]
fn a_missing_payload_is_an_error_that_names_it() {
    let error = serde_json::from_str::<Traced<u32>>(r#"{"traceContext": {}}"#).unwrap_err();
    assert!(
        error.to_string().contains("missing field `payload`"),
        "{error}"
    );
}

#[test]
fn a_format_that_does_not_describe_itself() {
    let carrier = Carrier::from_headers([("traceparent", TRACEPARENT), ("baggage", "a=1")]);
    let traced = Traced::from_parts(7_u32, carrier);
    let bytes = postcard::to_allocvec(&traced).unwrap();
    assert_eq!(postcard::from_bytes::<Traced<u32>>(&bytes).unwrap(), traced);
}
