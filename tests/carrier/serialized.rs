//! serde: a carrier is a map of header fields, a traced message has it beside its payload.

use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt as _;
use serde::Serialize;
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
fn a_traced_message_has_its_context_beside_its_payload() {
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

/// Reads a message in every way that `serde_json` has.
fn from_json(text: &str) -> Traced<u32> {
    let traced: Traced<u32> =
        serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let read: Traced<u32> = serde_json::from_reader(text.as_bytes()).unwrap();
    assert_eq!(read, traced, "{text}");
    assert_eq!(
        serde_json::from_slice::<Traced<u32>>(text.as_bytes()).unwrap(),
        traced
    );
    traced
}

/// Values that are no carrier, or a carrier without a field that can be used.
fn bad_json() -> Vec<String> {
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let values = [
        "null",
        "true",
        "-3",
        "3.5",
        "1e400",
        "-1e400",
        "1e99999999999999999999",
        "123456789012345678901234567890123456789012345678901234567890",
        r#""00-text""#,
        r#""\ud800""#,
        r#""\udc00\ud800x""#,
        r#""\ud800\u0041""#,
        "[]",
        r#"["traceparent", {"a": 1}]"#,
        r#"[["traceparent", "\ud800"], 1e400]"#,
        "{}",
        r#"{"traceparent": "bad", "tracestate": "foo=1"}"#,
        r#"{"traceparent": null}"#,
        r#"{"traceparent": 5, "tracestate": {"a": [1]}}"#,
        r#"{"traceparent": ["00-text"], "x": 1e99}"#,
        r#"{"traceparent": 1e400}"#,
        r#"{"traceparent": "\ud800", "baggage": "\udfff"}"#,
        r#"{"traceparent": {"traceparent": "\ud800"}}"#,
        r#"{"\ud800": "x", "traceparent": false}"#,
        r#"{"x": 1e400, "y": "\ud800", "z": [{"\ud800": 1e400}]}"#,
        r#"{"": "", "unknown": "ignored"}"#,
        r#"{"$serde_json::private::RawValue": "{\"traceparent\": 1}"}"#,
    ];
    values
        .into_iter()
        .map(str::to_owned)
        .chain([deep])
        .collect()
}

#[test]
fn a_bad_trace_context_in_json_never_costs_the_payload() {
    for bad in bad_json() {
        for text in [
            format!(r#"{{"payload": 7, "traceContext": {bad}}}"#),
            format!(r#"{{"traceContext": {bad}, "payload": 7}}"#),
            format!(
                r#"{{"a": {bad}, "traceContext":{bad},"b":{bad}, "payload": 7, "\ud800": {bad}}}"#
            ),
            format!("[7, {bad}]"),
        ] {
            let traced = from_json(&text);
            let shown = &text[..text.len().min(200)];
            assert_eq!(traced.message(), &7, "{shown}");
            assert!(traced.carrier().is_empty(), "{shown}");
        }
        let alone: Carrier = serde_json::from_str(&bad).unwrap();
        assert!(alone.is_empty());
    }
    assert!(from_json(r#"{"payload": 7}"#).carrier().is_empty());
}

#[test]
fn the_other_fields_of_a_bad_one_are_still_read() {
    for bad in bad_json() {
        let text = format!(
            r#"{{"payload": 7, "traceContext": {{"x": {bad}, "TraceParent": "{TRACEPARENT}", "baggage": {bad}}}}}"#
        );
        assert!(from_json(&text).carrier().has_span());
    }
}

#[test]
fn a_repeated_trace_context_is_none() {
    let good = format!(r#"{{"traceparent": "{TRACEPARENT}"}}"#);
    let before = Carrier::rejected_fields().malformed_trace_context;
    for other in [&*good, "null", "{}", "1e400"] {
        for (first, second) in [(&*good, other), (other, &*good)] {
            let text =
                format!(r#"{{"traceContext": {first}, "payload": 7, "traceContext": {second}}}"#);
            let traced = from_json(&text);
            assert_eq!(traced.message(), &7);
            assert!(traced.carrier().is_empty(), "{text}");
        }
    }
    assert!(Carrier::rejected_fields().malformed_trace_context > before);
}

#[test]
fn text_that_is_no_json_is_an_error() {
    // Not by the grammar of RFC 8259: nothing after it could be read.
    for bad in [
        &b"\"a\nb\""[..],
        b"\"\\x\"",
        b"\"\xff\"",
        b"01",
        b"1e",
        b"{",
        b"{1: 2}",
        b"[1,]",
        b"NaN",
        b"",
    ] {
        let text = [b"{\"payload\": 7, \"traceContext\": ", bad, b"}"].concat();
        assert!(serde_json::from_slice::<Traced<u32>>(&text).is_err());
    }
}

#[test]
fn a_json_value_of_any_kind_is_read_too() {
    for bad in bad_json() {
        let Ok(bad) = serde_json::from_str::<Value>(&bad) else {
            continue;
        };
        let text = json!({"payload": 7, "traceContext": bad});
        let traced: Traced<u32> = serde_json::from_value(text.clone()).unwrap();
        assert_eq!(traced.message(), &7);
        assert!(traced.carrier().is_empty(), "{text}");
        let borrowed: Traced<u32> = serde::Deserialize::deserialize(&text).unwrap();
        assert_eq!(borrowed, traced);
    }
}

#[test]
fn a_message_inside_an_untagged_enum_or_a_flattened_struct() {
    #[derive(serde::Deserialize)]
    #[serde(untagged)]
    enum Message {
        Traced(Traced<u32>),
    }
    #[derive(serde::Deserialize)]
    struct Envelope {
        id: u32,
        #[serde(flatten)]
        traced: Traced<u32>,
    }

    for context in ["null", "5", r#"{"traceparent": 1}"#, r#"["a"]"#] {
        let text = format!(r#"{{"id": 1, "payload": 7, "traceContext": {context}}}"#);
        let Message::Traced(traced) = serde_json::from_str(&text).unwrap();
        assert!(traced.carrier().is_empty(), "{text}");
        let envelope: Envelope = serde_json::from_str(&text).unwrap();
        assert_eq!((envelope.id, envelope.traced), (1, traced));
    }
    let text =
        format!(r#"{{"id": 1, "payload": 7, "traceContext": {{"traceparent": "{TRACEPARENT}"}}}}"#);
    let envelope: Envelope = serde_json::from_str(&text).unwrap();
    assert!(envelope.traced.carrier().has_span());

    // serde keeps what it read of CBOR, whose names are of any type, and gives it like a text format.
    let name = |text: &str| ciborium::Value::from(text);
    let fields = vec![
        (true.into(), "a".into()),
        ((-1).into(), "b".into()),
        (name("traceparent"), TRACEPARENT.into()),
    ];
    let message = ciborium::Value::from(vec![
        (name("payload"), 7.into()),
        (name("traceContext"), fields.into()),
    ]);
    let mut bytes = Vec::new();
    ciborium::into_writer(&message, &mut bytes).unwrap();
    let Message::Traced(traced) = ciborium::from_reader(&*bytes).unwrap();
    assert_eq!(*traced.message(), 7);
    assert!(traced.carrier().has_span());
}

#[test]
fn what_is_wrong_with_the_payload_is_an_error_that_names_it() {
    for (text, expected) in [
        (r#"{"traceContext": {}}"#, "missing field `payload`"),
        (
            r#"{"payload": 1, "payload": 2}"#,
            "duplicate field `payload`",
        ),
        (r#"{"payload": "text"}"#, "invalid type: string \"text\""),
        ("[]", "a map with a payload and its traceContext"),
        ("7", "a map with a payload and its traceContext"),
    ] {
        let error = serde_json::from_str::<Traced<u32>>(text).unwrap_err();
        assert!(error.to_string().contains(expected), "{text}: {error}");
    }
    let traced: Traced<Option<u32>> = serde_json::from_str("{}").unwrap();
    assert_eq!(traced.message(), &None, "as with any struct");
}

#[test]
fn formats_that_do_not_describe_themselves() {
    for headers in [
        &[][..],
        &[("traceparent", TRACEPARENT)],
        &[
            ("traceparent", TRACEPARENT),
            ("tracestate", "foo=1"),
            ("baggage", "a=1"),
        ],
        &[("baggage", "a=1;p=2,b=%20")],
    ] {
        let traced = Traced::from_parts(
            (7_u32, "text".to_owned()),
            Carrier::from_headers(headers.iter().copied()),
        );
        let bytes = postcard::to_allocvec(&traced).unwrap();
        assert_eq!(postcard::from_bytes(&bytes), Ok(traced.clone()));

        let config = bincode::config::standard();
        let bytes = bincode::serde::encode_to_vec(&traced, config).unwrap();
        let (read, length) = bincode::serde::decode_from_slice(&bytes, config).unwrap();
        assert_eq!((&traced, length), (&read, bytes.len()));
        let (read, _) = bincode::serde::borrow_decode_from_slice(&bytes, config).unwrap();
        assert_eq!(traced, read);

        // A carrier alone, between other values.
        let three = (1_u8, traced.carrier().clone(), 2_u8);
        let bytes = postcard::to_allocvec(&three).unwrap();
        assert_eq!(postcard::from_bytes(&bytes), Ok(three));
    }
}

#[test]
fn cbor_and_message_pack_go_there_and_back() {
    let headers = [
        ("traceparent", TRACEPARENT),
        ("tracestate", "foo=1"),
        ("baggage", "a=1"),
    ];
    let traced = Traced::from_parts(vec![7_u32], Carrier::from_headers(headers));
    let mut bytes = Vec::new();
    ciborium::into_writer(&traced, &mut bytes).unwrap();
    assert_eq!(
        ciborium::from_reader::<Traced<_>, _>(&*bytes).unwrap(),
        traced
    );
    let mut bytes = Vec::new();
    ciborium::into_writer(traced.carrier(), &mut bytes).unwrap();
    let carrier: Carrier = ciborium::from_reader(&*bytes).unwrap();
    assert_eq!(&carrier, traced.carrier());
    let value = ciborium::Value::serialized(&traced).unwrap();
    assert_eq!(value.deserialized::<Traced<_>>().unwrap(), traced);

    for bytes in [
        rmp_serde::to_vec(&traced).unwrap(),
        rmp_serde::to_vec_named(&traced).unwrap(),
    ] {
        assert_eq!(rmp_serde::from_slice::<Traced<_>>(&bytes).unwrap(), traced);
        assert_eq!(
            rmp_serde::from_read::<_, Traced<_>>(&*bytes).unwrap(),
            traced
        );
    }
}

/// Values that a binary format can hold in place of a carrier.
fn bad_values() -> Vec<ciborium::Value> {
    use ciborium::Value as Cbor;
    let text = |text: &str| Cbor::Text(text.to_owned());
    let map = |key, value| Cbor::Map(vec![(key, value)]);
    let mut deep = Cbor::Null;
    for _ in 0..100 {
        deep = Cbor::Array(vec![map(deep, Cbor::Null)]);
    }
    vec![
        Cbor::Null,
        Cbor::Bool(true),
        Cbor::Integer(7.into()),
        Cbor::Integer((-7).into()),
        Cbor::Integer(u64::MAX.into()),
        Cbor::Float(1.5),
        Cbor::Float(f64::NAN),
        Cbor::Float(f64::INFINITY),
        text(TRACEPARENT),
        text(&"long".repeat(5_000)),
        Cbor::Bytes(TRACEPARENT.into()),
        Cbor::Bytes(vec![0xff; 10_000]),
        Cbor::Array(vec![
            text("traceparent"),
            Cbor::Null,
            map(Cbor::Null, Cbor::Null),
        ]),
        Cbor::Map(Vec::new()),
        map(Cbor::Integer(0.into()), text(TRACEPARENT)),
        map(Cbor::Integer((-1).into()), text(TRACEPARENT)),
        map(Cbor::Null, text(TRACEPARENT)),
        map(Cbor::Bool(false), text(TRACEPARENT)),
        map(Cbor::Float(0.5), text(TRACEPARENT)),
        map(Cbor::Bytes("traceparent".into()), text(TRACEPARENT)),
        map(Cbor::Array(vec![text("traceparent")]), text(TRACEPARENT)),
        map(map(text("a"), text("b")), text(TRACEPARENT)),
        map(text("traceparent"), Cbor::Null),
        map(text("traceparent"), Cbor::Integer(5.into())),
        map(text("traceparent"), Cbor::Bytes(TRACEPARENT.into())),
        map(text("traceparent"), Cbor::Array(vec![text(TRACEPARENT)])),
        map(
            text("traceparent"),
            map(text("traceparent"), text(TRACEPARENT)),
        ),
        map(text("traceparent"), text("00-bad")),
        deep,
    ]
}

#[derive(Serialize)]
struct Sent<'a> {
    #[serde(rename = "unknown")]
    before: &'a ciborium::Value,
    #[serde(rename = "traceContext")]
    first: &'a ciborium::Value,
    payload: u32,
    #[serde(rename = "another")]
    after: &'a ciborium::Value,
}

#[derive(Serialize)]
struct SentTwice<'a> {
    #[serde(rename = "traceContext")]
    first: &'a ciborium::Value,
    payload: u32,
    #[serde(rename = "traceContext")]
    second: &'a ciborium::Value,
}

fn check(read: Result<Traced<u32>, impl std::fmt::Debug>, case: &ciborium::Value) {
    let traced = read.unwrap_or_else(|error| panic!("{case:?}: {error:?}"));
    assert_eq!(traced.message(), &7, "{case:?}");
    assert!(traced.carrier().is_empty(), "{case:?}");
}

#[test]
fn a_bad_trace_context_in_cbor_never_costs_the_payload() {
    use ciborium::Value as Cbor;
    let tagged = |value| Cbor::Tag(55_799, Box::new(value));
    let mut values = bad_values();
    values.extend(bad_values().into_iter().map(tagged));
    values.push(Cbor::Tag(2, Box::new(Cbor::Bytes(vec![1; 16]))));
    values.push(Cbor::Tag(3, Box::new(Cbor::Bytes(vec![1; 200]))));
    for bad in &values {
        let mut bytes = Vec::new();
        let sent = Sent {
            before: bad,
            first: bad,
            payload: 7,
            after: bad,
        };
        ciborium::into_writer(&sent, &mut bytes).unwrap();
        check(ciborium::from_reader(&*bytes), bad);
        let mut bytes = Vec::new();
        let sent = SentTwice {
            first: bad,
            payload: 7,
            second: bad,
        };
        ciborium::into_writer(&sent, &mut bytes).unwrap();
        check(ciborium::from_reader(&*bytes), bad);
    }

    // Names of any kind, texts in pieces, an undefined value, a map without a length.
    let context = b"\xbf\x6btraceparent\x7f\x61a\x61b\xff\x01\xf7\xff";
    let bytes = [
        b"\xbf\x01\xf7\x80\xf6\x6ctraceContext",
        &context[..],
        b"\x67payload\x07\xff",
    ]
    .concat();
    let undefined = Cbor::Null;
    // 1 is the index of the second field: the context is there twice.
    check(ciborium::from_reader(&*bytes), &undefined);
    let bytes = b"\xa2\x00\x07\x01\xf7";
    check(ciborium::from_reader(&bytes[..]), &undefined);
    let bytes = b"\xa2\x6ctraceContext\xf7\x67payload\x07";
    check(ciborium::from_reader(&bytes[..]), &undefined);
}

#[test]
fn a_bad_trace_context_in_message_pack_never_costs_the_payload() {
    for bad in &bad_values() {
        let sent = Sent {
            before: bad,
            first: bad,
            payload: 7,
            after: bad,
        };
        check(
            rmp_serde::from_slice(&rmp_serde::to_vec_named(&sent).unwrap()),
            bad,
        );
        let sent = SentTwice {
            first: bad,
            payload: 7,
            second: bad,
        };
        check(
            rmp_serde::from_slice(&rmp_serde::to_vec_named(&sent).unwrap()),
            bad,
        );
        // Without names, and longer than it should be.
        let bytes = rmp_serde::to_vec(&(7, bad)).unwrap();
        check(rmp_serde::from_slice(&bytes), bad);
        let bytes = rmp_serde::to_vec(&(7, bad, bad)).unwrap();
        check(rmp_serde::from_slice(&bytes), bad);
    }
    let nothing = ciborium::Value::Null;
    check(rmp_serde::from_slice(b"\x91\x07"), &nothing);
    // An extension; text that is no UTF-8; a 32-bit float.
    for bad in [&b"\xd5\x05ab"[..], b"\xa2\xff\xfe", b"\xca\x3f\x80\x00\x00"] {
        for bytes in [
            [b"\x82\xa7payload\x07\xactraceContext", bad].concat(),
            [b"\x82\xactraceContext", bad, b"\xa7payload\x07"].concat(),
            [
                b"\x82\xa7payload\x07\xactraceContext\x81\xabtraceparent",
                bad,
            ]
            .concat(),
            [b"\x82\xa7payload\x07\xactraceContext\x81", bad, b"\x01"].concat(),
            [b"\x92\x07", bad].concat(),
        ] {
            check(rmp_serde::from_slice(&bytes), &nothing);
        }
    }
}

#[test]
fn the_other_fields_of_a_bad_one_are_still_read_in_binary_formats() {
    use ciborium::Value as Cbor;
    for bad in bad_values() {
        let context = Cbor::Map(vec![
            (Cbor::Integer(7.into()), bad.clone()),
            (Cbor::Text("x".to_owned()), bad.clone()),
            (
                Cbor::Text("traceparent".to_owned()),
                Cbor::Text(TRACEPARENT.to_owned()),
            ),
            (Cbor::Text("baggage".to_owned()), bad),
        ]);
        let context = &context;
        let sent = Sent {
            before: context,
            first: context,
            payload: 7,
            after: context,
        };
        let mut bytes = Vec::new();
        ciborium::into_writer(&sent, &mut bytes).unwrap();
        let traced: Traced<u32> = ciborium::from_reader(&*bytes).unwrap();
        assert!(traced.carrier().has_span());
        let bytes = rmp_serde::to_vec_named(&sent).unwrap();
        let traced: Traced<u32> = rmp_serde::from_slice(&bytes).unwrap();
        assert!(traced.carrier().has_span());
    }
}
