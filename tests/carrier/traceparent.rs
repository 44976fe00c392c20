//! `traceparent`: section 3.2 of W3C Trace Context level 2, and the cases of its conformance
//! suite.

use opentelemetry::trace::TraceFlags;
use traced_worker::Carrier;

use crate::hop::{field, hop};
use traced_worker_tests::Recorder;

const TRACE: &str = "12345678901234567890123456789012";
const SPAN: &str = "1234567890123456";

/// `None`: the field is ignored as a whole. `Some`: it is read, with these flags.
#[rustfmt::skip]
const CASES: &[(&str, &str, Option<u8>)] = &[
    // 3.2.2: version, trace id, parent id, flags.
    ("a valid one", "00-12345678901234567890123456789012-1234567890123456-01", Some(1)),
    ("not sampled", "00-12345678901234567890123456789012-1234567890123456-00", Some(0)),
    ("random", "00-12345678901234567890123456789012-1234567890123456-02", Some(2)),
    ("sampled and random", "00-12345678901234567890123456789012-1234567890123456-03", Some(3)),
    // 3.2.2.5.3: other flags are ignored, and sent as zero.
    ("other flags", "00-12345678901234567890123456789012-1234567890123456-ff", Some(3)),
    ("only other flags", "00-12345678901234567890123456789012-1234567890123456-fc", Some(0)),
    // White space around a field value is not part of it (RFC 9110, section 5.5).
    ("white space", " \t00-12345678901234567890123456789012-1234567890123456-01\t ", Some(1)),
    // 4: a higher version is read if it is as long, or goes on with a dash.
    ("version cc", "cc-12345678901234567890123456789012-1234567890123456-01", Some(1)),
    ("version cc, more", "cc-12345678901234567890123456789012-1234567890123456-01-what-the-future", Some(1)),
    ("version 01, a dash", "01-12345678901234567890123456789012-1234567890123456-01-", Some(1)),
    ("version 01, more", "01-12345678901234567890123456789012-1234567890123456-01-more", Some(1)),
    ("version fe", "fe-12345678901234567890123456789012-1234567890123456-01", Some(1)),
    ("version cc, no dash", "cc-12345678901234567890123456789012-1234567890123456-01.what", None),
    ("version cc, longer flags", "cc-12345678901234567890123456789012-1234567890123456-011", None),
    // 3.2.2.1: ff is invalid.
    ("version ff", "ff-12345678901234567890123456789012-1234567890123456-01", None),
    ("version ff, more", "ff-12345678901234567890123456789012-1234567890123456-01-more", None),
    // 3.2.2.2: version 00 has nothing behind the flags.
    ("version 00, a dash", "00-12345678901234567890123456789012-1234567890123456-01-", None),
    ("version 00, more", "00-12345678901234567890123456789012-1234567890123456-01-what", None),
    ("version 00, a dot", "00-12345678901234567890123456789012-1234567890123456-01.", None),
    // 3.2.2.1: two lower-case hex digits.
    ("version .0", ".0-12345678901234567890123456789012-1234567890123456-01", None),
    ("version 0.", "0.-12345678901234567890123456789012-1234567890123456-01", None),
    ("version 000", "000-12345678901234567890123456789012-1234567890123456-01", None),
    ("version 0", "0-12345678901234567890123456789012-1234567890123456-01", None),
    ("version CC", "CC-12345678901234567890123456789012-1234567890123456-01", None),
    ("a sign as version", "+0-12345678901234567890123456789012-1234567890123456-01", None),
    // 3.2.2.3: 32 lower-case hex digits, not all zero.
    ("trace id of zeros", "00-00000000000000000000000000000000-1234567890123456-01", None),
    ("trace id with a dot", "00-.2345678901234567890123456789012-1234567890123456-01", None),
    ("trace id with a dot last", "00-1234567890123456789012345678901.-1234567890123456-01", None),
    ("trace id of 33", "00-123456789012345678901234567890123-1234567890123456-01", None),
    ("trace id of 31", "00-1234567890123456789012345678901-1234567890123456-01", None),
    ("trace id of 16", "00-1234567890123456-1234567890123456-01", None),
    ("trace id in upper case", "00-ABCDEF78901234567890123456789012-1234567890123456-01", None),
    ("trace id with a sign", "00-+2345678901234567890123456789012-1234567890123456-01", None),
    ("trace id and a blank", "00-1234567890123456789012345678901 -1234567890123456-01", None),
    // 3.2.2.4: 16 lower-case hex digits, not all zero.
    ("parent id of zeros", "00-12345678901234567890123456789012-0000000000000000-01", None),
    ("parent id with a dot", "00-12345678901234567890123456789012-.234567890123456-01", None),
    ("parent id with a dot last", "00-12345678901234567890123456789012-123456789012345.-01", None),
    ("parent id of 17", "00-12345678901234567890123456789012-12345678901234567-01", None),
    ("parent id of 15", "00-12345678901234567890123456789012-123456789012345-01", None),
    ("parent id in upper case", "00-12345678901234567890123456789012-ABCDEF7890123456-01", None),
    ("parent id with a sign", "00-12345678901234567890123456789012-+234567890123456-01", None),
    // 3.2.2.5: two lower-case hex digits.
    ("flags .0", "00-12345678901234567890123456789012-1234567890123456-.0", None),
    ("flags 0.", "00-12345678901234567890123456789012-1234567890123456-0.", None),
    ("flags 001", "00-12345678901234567890123456789012-1234567890123456-001", None),
    ("flags 1", "00-12345678901234567890123456789012-1234567890123456-1", None),
    ("flags 0A", "00-12345678901234567890123456789012-1234567890123456-0A", None),
    ("flags +1", "00-12345678901234567890123456789012-1234567890123456-+1", None),
    ("no flags", "00-12345678901234567890123456789012-1234567890123456-", None),
    // 3.2.2: the dashes.
    ("underscores", "00_12345678901234567890123456789012_1234567890123456_01", None),
    ("nothing", "", None),
    ("dashes", "---", None),
    ("not ASCII", "00-1234567890123456789012345678901é-1234567890123456-01", None),
    ("an em dash", "00—12345678901234567890123456789012-1234567890123456-01", None),
];

#[test]
fn every_case_of_the_table() {
    for (case, value, expected) in CASES {
        let carrier = Carrier::from_headers([("traceparent", value)]);
        assert_eq!(carrier.has_span(), expected.is_some(), "{case}");
        if let Some(flags) = expected {
            assert_eq!(carrier.trace_flags(), TraceFlags::new(*flags), "{case}");
            assert_eq!(carrier.trace_id().to_string(), TRACE, "{case}");
            assert_eq!(carrier.span_id().to_string(), SPAN, "{case}");
            assert!(carrier.is_remote(), "{case}");
            // 4: what is sent on is version 00.
            let text = format!("00-{TRACE}-{SPAN}-{flags:02x}");
            assert_eq!(
                carrier.headers().iter().collect::<Vec<_>>(),
                [("traceparent", &*text)]
            );
        } else {
            assert!(carrier.is_empty(), "{case}");
        }
    }
}

#[test]
fn a_rejected_traceparent_starts_a_new_trace_and_a_read_one_goes_on() {
    let recorder = Recorder::new();
    for (case, value, expected) in CASES {
        let sent = field(&hop(&recorder, &[("traceparent", value)]), "traceparent").unwrap();
        assert_eq!(sent.len(), 55, "{case}");
        assert!(
            !sent.contains(&format!("-{SPAN}-")),
            "{case}: a new span id"
        );
        assert_eq!(sent.contains(TRACE), expected.is_some(), "{case}");
        if let Some(flags) = expected
            && flags & 1 == 0
        {
            assert_ne!(sent, *value, "{case}");
        }
    }
}

#[test]
fn several_traceparents_are_none() {
    // 3.2.1: it is unknown which of them is meant.
    let first = "00-12345678901234567890123456789011-1234567890123456-01";
    let second = "00-12345678901234567890123456789012-1234567890123456-01";
    for headers in [
        [("traceparent", first), ("traceparent", second)],
        [("traceparent", first), ("Traceparent", first)],
        [("traceparent", "bad"), ("TRACEPARENT", second)],
    ] {
        let carrier = Carrier::from_headers(headers.into_iter().chain([("tracestate", "a=1")]));
        assert!(carrier.is_empty(), "{headers:?}");
    }
}

#[test]
fn names_are_in_any_case() {
    // 3.2.1: the header name is case-insensitive, and has no dash in it.
    let value = "00-12345678901234567890123456789012-1234567890123456-01";
    for (name, is_one) in [
        ("traceparent", true),
        ("TraceParent", true),
        ("TRACEPARENT", true),
        ("trace-parent", false),
        ("trace.parent", false),
    ] {
        assert_eq!(
            Carrier::from_headers([(name, value)]).has_span(),
            is_one,
            "{name}"
        );
    }
}
