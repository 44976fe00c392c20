//! Any bytes as header fields, and in place of a message's trace context.
//!
//! The input is a CBOR value after `c`, a MessagePack value after `m`, or else lines: `t` + a
//! traceparent, `s` + a tracestate, `b` + baggage, `n` + a name, `j` + a JSON value, else a custom field.
#![no_main]

use libfuzzer_sys::fuzz_target;
use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::propagation::Injector as _;
use opentelemetry::trace::TraceContextExt as _;
use serde::Deserialize as _;
use serde::de::IgnoredAny;
use traced_worker::{Carrier, Traced};

fuzz_target!(|data: &[u8]| {
    match data.split_first() {
        Some((b'c', value)) => check_cbor(value),
        Some((b'm', value)) => check_message_pack(value),
        _ => check_lines(data),
    }
});

fn check_lines(data: &[u8]) {
    let lines = || {
        data.split(|byte| *byte == b'\n')
            .filter_map(|line| line.split_first())
    };
    let fields = lines().filter_map(|(kind, value)| {
        let name = match kind {
            b't' => "traceparent",
            b's' => "TraceState",
            b'b' => "BAGGAGE",
            _ => return None,
        };
        Some((name, value))
    });
    check(&Carrier::from_headers(fields));

    let mut carrier = Carrier::new();
    for (kind, value) in lines() {
        let text = String::from_utf8_lossy(value).into_owned();
        match kind {
            b't' => carrier.set("traceparent", text),
            b's' => carrier.set("tracestate", text),
            b'b' => carrier.set("baggage", text),
            b'j' => check_json(&text),
            // The name of a field, too.
            b'n' => carrier.set(&text, text.clone()),
            _ => carrier.set("x-other", text),
        }
    }
    check(&carrier);
}

/// Whatever the format's parser can skip, a message can have in place of its trace context.
fn check_json(value: &str) {
    if serde_json::from_str::<IgnoredAny>(value).is_err() {
        return;
    }
    for text in [
        format!(r#"{{"payload": 7, "traceContext": {value}}}"#),
        format!(r#"{{"a": {value}, "traceContext": {value}, "payload": 7}}"#),
        format!(r#"{{"payload": 7, "traceContext": {{"x": {value}, "traceparent": {value}}}}}"#),
        format!(r"[7, {value}]"),
    ] {
        let traced: Traced<u32> = serde_json::from_str(&text).expect(&text);
        assert_eq!(traced.message(), &7);
        check(traced.carrier());
    }
}

fn check_cbor(value: &[u8]) {
    // A message is deeper than its trace context.
    let skipped = ciborium::de::from_reader_with_recursion_limit::<IgnoredAny, _>(value, 200);
    if skipped.is_err() {
        return;
    }
    for bytes in [
        [b"\xa2\x67payload\x07\x6ctraceContext", value].concat(),
        [
            b"\xa2\x67payload\x07\x6ctraceContext\xa1\x6btraceparent",
            value,
        ]
        .concat(),
    ] {
        let traced: Traced<u32> = ciborium::from_reader(&*bytes).expect("the payload is kept");
        assert_eq!(traced.message(), &7);
        check(traced.carrier());
    }
}

fn check_message_pack(value: &[u8]) {
    let mut deserializer = rmp_serde::Deserializer::from_read_ref(value);
    deserializer.set_max_depth(200);
    if IgnoredAny::deserialize(&mut deserializer).is_err() {
        return;
    }
    for bytes in [
        [b"\x82\xa7payload\x07\xactraceContext", value].concat(),
        [
            b"\x82\xa7payload\x07\xactraceContext\x81\xabtraceparent",
            value,
        ]
        .concat(),
        [b"\x92\x07", value].concat(),
    ] {
        let traced: Traced<u32> = rmp_serde::from_slice(&bytes).expect("the payload is kept");
        assert_eq!(traced.message(), &7);
        check(traced.carrier());
    }
}

fn check(carrier: &Carrier) {
    let headers = carrier.headers();
    for (name, value) in &headers {
        assert!(!value.is_empty() || !["traceparent", "tracestate", "baggage"].contains(&name));
        assert!(value.len() <= 8192, "{name}");
        assert_eq!(headers.get(name), Some(value));
        assert!(
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic()),
            "{name}"
        );
        let is_legal = |byte| matches!(byte, b'\t' | b' '..=b'~');
        assert!(value.bytes().all(is_legal), "{name}: {value}");
    }
    let is_w3c = |name| ["traceparent", "tracestate", "baggage"].contains(&name);
    if headers.iter().all(|(name, _)| is_w3c(name)) {
        // What is sent on is legal, and is read back as it was.
        let again = Carrier::from_headers(&headers);
        assert!(again.headers().iter().eq(&headers), "{carrier:?} {again:?}");
    }
    let context = carrier.extract();
    assert_eq!(context.span().span_context().is_valid(), carrier.has_span());
    assert!(context.baggage().len() <= 64);
    let injected = Carrier::inject(&context);
    assert_eq!(
        injected.headers().get("traceparent"),
        headers.get("traceparent")
    );
    assert_eq!(
        injected.headers().get("tracestate"),
        headers.get("tracestate")
    );
    // Baggage has no duplicate keys once it was a map; from then on its text stays the same.
    let settled = Carrier::inject(&injected.extract());
    assert_eq!(
        settled.headers().get("baggage"),
        injected.headers().get("baggage")
    );
}
