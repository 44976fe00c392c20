//! `tracestate`: section 3.3 of W3C Trace Context level 2, and the cases of its conformance suite.

use opentelemetry::Context;
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState,
};
use traced_worker::Carrier;
use traced_worker_tests::Recorder;

use crate::hop::{field, hop, hop_through_child};

const TRACEPARENT: (&str, &str) = (
    "traceparent",
    "00-12345678901234567890123456789012-1234567890123456-00",
);

fn read(fields: &[&str]) -> Option<String> {
    let states = fields.iter().map(|value| ("tracestate", *value));
    let carrier = Carrier::from_headers([TRACEPARENT].into_iter().chain(states));
    assert!(
        carrier.has_span(),
        "a bad tracestate never costs the traceparent"
    );
    let value = carrier.headers().get("tracestate").map(str::to_owned);
    assert_ne!(value.as_deref(), Some(""), "never sent empty");
    value
}

fn members(number: usize) -> String {
    let members: Vec<String> = (0..number)
        .map(|at| format!("bar{at:02}={at:02}"))
        .collect();
    members.join(",")
}

#[test]
fn every_case_of_the_table() {
    let key_of_256 = format!("{}=1", "z".repeat(256));
    let key_of_257 = format!("{}=1", "z".repeat(257));
    let tenant_of_241 = format!("{}@v=1", "t".repeat(241));
    let tenant_of_242 = format!("{}@v=1", "t".repeat(242));
    let vendor_of_15 = format!("t@{}=1", "v".repeat(15));
    let value_of_256 = format!("foo={}", "v".repeat(256));
    let value_of_257 = format!("foo={}", "v".repeat(257));
    let cases: &[(&str, &[&str], Option<&str>)] = &[
        ("one", &["foo=1"], Some("foo=1")),
        ("two", &["foo=1,bar=2"], Some("foo=1,bar=2")),
        // 3.3.1: several headers are joined in their order.
        ("two headers", &["foo=1", "bar=2"], Some("foo=1,bar=2")),
        (
            "three headers",
            &["c=3,b=2", "a=1", "z=0"],
            Some("c=3,b=2,a=1,z=0"),
        ),
        // 3.3.1.1: empty members, and optional white space around members.
        ("no header", &[], None),
        ("empty", &[""], None),
        ("empty, then one", &["", "foo=1"], Some("foo=1")),
        ("one, then empty", &["foo=1", ""], Some("foo=1")),
        ("commas", &["foo=1,,,bar=2,"], Some("foo=1,bar=2")),
        ("only commas", &[",,,"], None),
        ("spaces", &["foo=1 , bar=2"], Some("foo=1,bar=2")),
        ("tabs", &["foo=1\t,\tbar=2"], Some("foo=1,bar=2")),
        ("both", &[" \tfoo=1\t \t,  bar=2 \t"], Some("foo=1,bar=2")),
        // 3.3.1.3.1: keys.
        ("a digit first", &["1foo=1"], Some("1foo=1")),
        ("every sign", &["a_-*/@0=1"], Some("a_-*/@0=1")),
        ("an at anywhere", &["foo@=1,b@r@=2"], Some("foo@=1,b@r@=2")),
        ("256 characters", &[&key_of_256], Some(&key_of_256)),
        ("257 characters", &[&key_of_257], None),
        ("a long tenant", &[&tenant_of_241], Some(&tenant_of_241)),
        (
            "a longer tenant, allowed since level 2",
            &[&tenant_of_242],
            Some(&tenant_of_242),
        ),
        (
            "a long vendor, allowed since level 2",
            &[&vendor_of_15],
            Some(&vendor_of_15),
        ),
        ("upper case", &["Foo=1"], None),
        ("an at first", &["@foo=1"], None),
        ("an underscore first", &["_foo=1"], None),
        ("a dot", &["foo.bar=1"], None),
        ("a blank inside", &["foo bar=1"], None),
        ("a blank before the equals sign", &["foo =1"], None),
        ("no key", &["=1"], None),
        ("not ASCII", &["fóo=1"], None),
        // 3.3.1.3.2: values.
        (
            "256 characters of value",
            &[&value_of_256],
            Some(&value_of_256),
        ),
        ("257 characters of value", &[&value_of_257], None),
        ("a blank at the start", &["foo= 1"], Some("foo= 1")),
        ("a blank inside a value", &["foo=1 2"], Some("foo=1 2")),
        (
            "printable",
            &["foo=!\"#$%&'()*+-./:;<>?@[]^_`{|}~"],
            Some("foo=!\"#$%&'()*+-./:;<>?@[]^_`{|}~"),
        ),
        ("an equals sign in a value", &["foo=1=2"], None),
        ("an empty value", &["foo="], None),
        ("a value of blanks", &["foo=   "], None),
        ("no equals sign", &["foo"], None),
        ("a control character", &["foo=\u{7f}"], None),
        ("a tab inside a value", &["foo=1\t2"], None),
        ("not ASCII in a value", &["foo=é"], None),
        // 4.3: one illegal member discards the whole tracestate.
        ("a bad one among good ones", &["foo=1,BAR=2"], None),
        ("a bad one in another header", &["foo=1", "bar"], None),
        // 3.3.1.3: of a duplicate key the first is kept.
        ("the same twice", &["foo=1,foo=1"], Some("foo=1")),
        (
            "a duplicate key",
            &["foo=1,bar=2,foo=3"],
            Some("foo=1,bar=2"),
        ),
        (
            "a duplicate in another header",
            &["foo=1", "foo=2"],
            Some("foo=1"),
        ),
        // 3.3.1.1: 32 members at most.
        ("32 members", &[&members(32)], Some(&members(32))),
        ("33 members", &[&members(33)], None),
        ("33 in two headers", &[&members(32), "foo=1"], None),
    ];
    for (case, fields, expected) in cases {
        assert_eq!(read(fields).as_deref(), *expected, "{case}");
    }
}

#[test]
fn without_a_traceparent_it_is_ignored() {
    // 4.3: a tracestate must not be parsed where the traceparent could not be.
    for traceparent in ["", "bad"] {
        let carrier =
            Carrier::from_headers([("traceparent", traceparent), ("tracestate", "foo=1")]);
        assert!(carrier.is_empty());
    }
    assert!(Carrier::from_headers([("tracestate", "foo=1")]).is_empty());
}

#[test]
fn it_is_sent_on_unchanged_by_the_worker_span_and_by_its_children() {
    for state in [
        "foo=1,bar=2",
        // `opentelemetry::trace::TraceState` can hold none of these.
        "b@r@=2,foo=1",
        "@nothing=1".trim_start_matches('@'),
        "t@vvvvvvvvvvvvvvvvvvvvvvv=1",
        &members(32),
    ] {
        for flags in ["00", "01", "03"] {
            let traceparent =
                format!("00-12345678901234567890123456789012-1234567890123456-{flags}");
            let headers = [("traceparent", &*traceparent), ("tracestate", state)];
            let recorder = Recorder::new();
            let sent = hop(&recorder, &headers);
            assert_eq!(field(&sent, "tracestate").as_deref(), Some(state));
            let sent = hop_through_child(&recorder, &headers);
            assert_eq!(field(&sent, "tracestate").as_deref(), Some(state));
        }
    }
}

#[test]
fn what_a_span_adds_stands_in_front_of_what_cannot_be_parsed() {
    let opaque = Carrier::from_headers([TRACEPARENT, ("tracestate", "b@r@=2,foo=1")]).extract();
    let span_context = opaque.span().span_context().clone();
    let state = TraceState::from_key_value([("mine", "0"), ("foo", "9")]).unwrap();
    let context = opaque.with_remote_span_context(SpanContext::new(
        span_context.trace_id(),
        SpanId::from(5),
        TraceFlags::SAMPLED,
        false,
        state,
    ));
    let carrier = Carrier::inject(&context);
    let headers = carrier.headers();
    assert_eq!(headers.get("tracestate"), Some("mine=0,foo=9,b@r@=2"));
}

#[test]
fn another_trace_does_not_get_it() {
    let opaque = Carrier::from_headers([TRACEPARENT, ("tracestate", "b@r@=2")]).extract();
    let context = opaque.with_remote_span_context(SpanContext::new(
        TraceId::from(99),
        SpanId::from(5),
        TraceFlags::SAMPLED,
        false,
        TraceState::NONE,
    ));
    assert_eq!(Carrier::inject(&context).headers().len(), 1);
}

#[test]
fn members_of_a_span_that_cannot_be_sent_are_left_out() {
    // `TraceState` takes these; the grammar of the header does not.
    let state =
        TraceState::from_key_value([("empty", ""), ("fine", "1"), ("tab", "a\tb")]).unwrap();
    let context = Context::new().with_remote_span_context(SpanContext::new(
        TraceId::from(99),
        SpanId::from(5),
        TraceFlags::SAMPLED,
        false,
        state,
    ));
    let carrier = Carrier::inject(&context);
    assert_eq!(carrier.headers().get("tracestate"), Some("fine=1"));
}

#[test]
fn a_long_one_is_cut_by_whole_members_the_longest_first() {
    // 3.3.1.5. 31 members of 257 characters and some short ones are over 8192.
    let long: Vec<String> = (0..30)
        .map(|at| format!("{at:03}={}", "v".repeat(256)))
        .collect();
    let all = format!("first=1,{},last=1", long.join(","));
    assert_eq!(read(&[&all]).unwrap(), all, "{} characters fit", all.len());

    let keys: Vec<String> = (0..30)
        .map(|at| format!("{at:03}{}={}", "k".repeat(200), "v".repeat(256)))
        .collect();
    let cut = read(&[&format!("first=1,{},last=1", keys.join(","))]).unwrap();
    assert!((512..=8192).contains(&cut.len()), "{}", cut.len());
    assert!(cut.starts_with("first=1,000k") && cut.ends_with(",last=1"));
    assert!(
        !cut.contains("029k"),
        "the last of the long ones went first"
    );

    // A state of 512 characters always survives.
    let state = format!("a={},b={}", "v".repeat(252), "v".repeat(255));
    assert_eq!(state.len(), 512);
    assert_eq!(read(&[&state]).unwrap(), state);
}

#[test]
fn it_is_cut_above_8192_characters_and_members_above_128_are_cut_first() {
    let with_last = |length: usize| {
        let mut members: Vec<String> = (0..31)
            .map(|at| format!("k{at:02}={}", "v".repeat(256)))
            .collect();
        members.push(format!("z={}", "v".repeat(length - 2)));
        members
    };
    let all = with_last(101).join(",");
    assert_eq!(all.len(), 8192);
    assert_eq!(read(&[&all]).unwrap(), all);
    // The last of the members over 128 characters is cut, which the last of all is not.
    for length in [102, 128] {
        let mut members = with_last(length);
        let cut = read(&[&members.join(",")]).unwrap();
        members.remove(30);
        assert_eq!(cut, members.join(","));
    }
    let mut members = with_last(129);
    let cut = read(&[&members.join(",")]).unwrap();
    members.pop();
    assert_eq!(cut, members.join(","));
}
