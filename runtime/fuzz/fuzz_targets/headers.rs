//! Any bytes as header fields, and as a serialized message.
//!
//! The input is lines: `t` + a traceparent, `s` + a tracestate, `b` + baggage, `j` + JSON.
#![no_main]

use libfuzzer_sys::fuzz_target;
use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::propagation::{Extractor as _, Injector as _};
use opentelemetry::trace::TraceContextExt as _;
use traced_worker::{Carrier, Traced};

fuzz_target!(|data: &[u8]| {
    let lines = || data.split(|byte| *byte == b'\n').filter_map(|line| line.split_first());
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
            b'j' => {
                if let Ok(traced) = serde_json::from_slice::<Traced<serde_json::Value>>(value) {
                    check(traced.carrier());
                }
            }
            _ => carrier.set("x-other", text),
        }
    }
    check(&carrier);
});

fn check(carrier: &Carrier) {
    for (name, value) in carrier.headers() {
        assert!(!value.is_empty() || !["traceparent", "tracestate", "baggage"].contains(&name));
        assert!(value.len() <= 8192, "{name}");
        assert_eq!(carrier.get(name), Some(value));
        if name != "x-other" {
            assert!(value.bytes().all(|byte| matches!(byte, b' '..=b'~')), "{name}: {value}");
        }
    }
    if !carrier.headers().any(|(name, _)| name == "x-other") {
        // What is sent on is legal, and is read back as it was.
        let again = Carrier::from_headers(carrier.headers());
        assert!(again.headers().eq(carrier.headers()), "{carrier:?} {again:?}");
    }
    let context = carrier.extract();
    assert_eq!(context.span().span_context().is_valid(), carrier.has_span());
    assert!(context.baggage().len() <= 64);
    let injected = Carrier::inject(&context);
    assert_eq!(injected.get("traceparent"), carrier.get("traceparent"));
    assert_eq!(injected.get("tracestate"), carrier.get("tracestate"));
    // Baggage has no duplicate keys once it was a map; from then on its text stays the same.
    let settled = Carrier::inject(&injected.extract());
    assert_eq!(settled.get("baggage"), injected.get("baggage"));
}
