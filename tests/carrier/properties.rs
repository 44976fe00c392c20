//! Whatever W3C can carry, and whatever comes in.

use std::collections::HashSet;

use opentelemetry::Context;
use opentelemetry::baggage::{Baggage, BaggageExt as _};
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState,
};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde::de::IgnoredAny;
use traced_worker::{Carrier, Traced};

prop_compose! {
    fn contexts()(
        trace_id in 1_u128..,
        span_id in 1_u64..,
        flags in 0_u8..4,
        state in btree_map("[a-z0-9][a-z0-9_*/-]{0,20}", "[ -+\\--<>-~]{0,30}[!-+\\--<>-~]", 0..32),
        baggage in btree_map("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,12}", any::<String>(), 0..20),
    ) -> Context {
        let mut entries = Baggage::new();
        for (key, value) in baggage {
            entries.insert(key, value);
        }
        Context::new().with_baggage(entries).with_remote_span_context(SpanContext::new(
            TraceId::from(trace_id),
            SpanId::from(span_id),
            TraceFlags::new(flags),
            true,
            TraceState::from_key_value(state).unwrap(),
        ))
    }
}

fn entries(context: &Context) -> Vec<(String, String)> {
    let baggage = context.baggage();
    let mut entries: Vec<_> = baggage
        .iter()
        .map(|(key, (value, _))| (key.to_string(), value.to_string()))
        .collect();
    entries.sort();
    entries
}

proptest! {
    #[test]
    fn context_carrier_headers_carrier_context_is_the_identity(context in contexts()) {
        let sent = Carrier::inject(&context);
        prop_assume!(sent.headers().iter().all(|(_, value)| value.len() < 8000));
        let received = Carrier::from_headers(&sent.headers());
        prop_assert_eq!(&received, &sent);
        prop_assert!(HashSet::from([received.clone()]).contains(&sent), "equal hashes");
        let extracted = received.extract();
        let (before, after) = (context.span(), extracted.span());
        prop_assert_eq!(before.span_context(), after.span_context());
        prop_assert_eq!(entries(&context), entries(&extracted));
        prop_assert_eq!(Carrier::inject(&extracted), sent);
    }

    #[test]
    fn any_bytes_as_headers_are_bounded_and_never_panic(
        headers in vec((header_names(), vec(any::<u8>(), 0..600)), 0..80),
    ) {
        check_bounds(&headers);
    }

    #[test]
    fn nearly_legal_headers_are_bounded_and_never_panic(
        headers in vec((header_names(), "[a-c0-1=,;% \t@é-]{0,2000}"), 0..8),
    ) {
        check_bounds(&headers);
    }
}

proptest! {
    #[test]
    fn whatever_a_parser_can_skip_never_costs_the_payload(
        json in json(),
        bytes in vec(any::<u8>(), 1..40),
    ) {
        prop_assert!(serde_json::from_str::<IgnoredAny>(&json).is_ok(), "{}", json);
        let text = format!(r#"{{"a": {json}, "traceContext": {json}, "payload": 7}}"#);
        let traced: Traced<u32> = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(traced.message(), &7);
        if ciborium::from_reader::<IgnoredAny, _>(&*bytes).is_ok() {
            let message = [b"\xa2\x67payload\x07\x6ctraceContext", &*bytes].concat();
            let traced: Traced<u32> = ciborium::from_reader(&*message).unwrap();
            prop_assert_eq!(traced.message(), &7);
        }
        if rmp_serde::from_slice::<IgnoredAny>(&bytes).is_ok() {
            let message = [b"\x82\xa7payload\x07\xactraceContext", &*bytes].concat();
            let traced: Traced<u32> = rmp_serde::from_slice(&message).unwrap();
            prop_assert_eq!(traced.message(), &7);
        }
    }
}

/// Any JSON text (RFC 8259), numbers out of range and halves of surrogate pairs too.
fn json() -> impl Strategy<Value = String> {
    let string = r#""([a-z ]|\\n|\\ud[89a-f][0-9a-f]{2}|traceparent){0,4}""#;
    let number = "-?(0|[1-9][0-9]{0,3})(\\.[0-9]{1,3})?(e[+-]?[0-9]{1,6})?";
    let leaf = prop_oneof![string, number, "null|true|false"];
    leaf.prop_recursive(4, 32, 4, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(", "))),
            vec((string, inner), 0..4).prop_map(|fields| {
                let fields = fields
                    .iter()
                    .map(|(name, value)| format!("{name}: {value}"));
                format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
            }),
        ]
    })
}

fn header_names() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("traceparent".to_owned()),
        Just("TraceState".to_owned()),
        Just("baggage".to_owned()),
        any::<String>(),
    ]
}

fn check_bounds<V: AsRef<[u8]>>(headers: &[(String, V)]) {
    let read = || Carrier::from_headers(headers.iter().map(|(name, value)| (name, value)));
    let info = allocation_counter::measure(|| drop(read()));
    // The texts grow by doubling, and are copied once.
    assert!(info.bytes_max < 80_000, "{info:?}");
    let carrier = read();
    for (name, value) in &carrier.headers() {
        assert!(value.len() <= 8192, "{name}");
        assert!(
            value.bytes().all(|byte| matches!(byte, b' '..=b'~')),
            "{name}: {value}"
        );
    }
    assert_eq!(Carrier::from_headers(&carrier.headers()), carrier);
    assert_eq!(
        Carrier::inject(&carrier.extract()).has_span(),
        carrier.has_span()
    );
}
