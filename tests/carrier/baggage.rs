//! `baggage`: section 3 of W3C Baggage, both ways.

use opentelemetry::Context;
use opentelemetry::baggage::{Baggage, BaggageExt as _};
use traced_worker::Carrier;
use traced_worker_tests::Recorder;

use crate::hop::{field, hop};

fn entries(context: &Context) -> Vec<(String, String, String)> {
    let mut entries: Vec<_> = context
        .baggage()
        .iter()
        .map(|(key, (value, metadata))| (key.to_string(), value.to_string(), metadata.to_string()))
        .collect();
    entries.sort();
    entries
}

fn read(fields: &[&str]) -> Vec<(String, String, String)> {
    let carrier = Carrier::from_headers(fields.iter().map(|value| ("baggage", value)));
    entries(&carrier.extract())
}

fn sent(baggage: &Baggage) -> String {
    let mut copy = Baggage::new();
    for (key, (value, metadata)) in baggage {
        copy.insert_with_metadata(key.clone(), value.clone(), metadata.clone());
    }
    let carrier = Carrier::inject(&Context::new().with_baggage(copy));
    carrier.headers().get("baggage").unwrap_or("").to_owned()
}

type Entry<'a> = (&'a str, &'a str, &'a str);

#[test]
fn every_case_of_the_table_is_read() {
    let cases: &[(&str, &[&str], &[Entry])] = &[
        // 3.2.1.1: list members and optional white space.
        ("one", &["a=1"], &[("a", "1", "")]),
        ("two", &["a=1,b=2"], &[("a", "1", ""), ("b", "2", "")]),
        (
            "white space",
            &[" a \t=\t 1 \t,\tb = 2 "],
            &[("a", "1", ""), ("b", "2", "")],
        ),
        // 3.3.1: several headers are joined.
        (
            "two headers",
            &["a=1", "b=2"],
            &[("a", "1", ""), ("b", "2", "")],
        ),
        ("empty members", &[",a=1,,", ""], &[("a", "1", "")]),
        // 3.2.1.3: values.
        ("an empty value", &["a="], &[("a", "", "")]),
        (
            "equals signs",
            &["a=b=c==,d=e"],
            &[("a", "b=c==", ""), ("d", "e", "")],
        ),
        (
            "percent-encoded",
            &["a=%20%2C%3B%5C%22%25%F0%9F%90%8E"],
            &[("a", " ,;\\\"%🐎", "")],
        ),
        ("lower-case digits", &["a=%2c%c3%a9"], &[("a", ",é", "")]),
        (
            "not UTF-8 once decoded",
            &["a=%ff%41"],
            &[("a", "\u{fffd}A", "")],
        ),
        (
            "a percent sign alone",
            &["a=1%,b=%zz,c=%4"],
            &[("a", "1%", ""), ("b", "%zz", ""), ("c", "%4", "")],
        ),
        // 3.2.1.2: keys are tokens, and not decoded.
        (
            "a key of signs",
            &["!#$%&'*+-.^_`|~=1"],
            &[("!#$%&'*+-.^_`|~", "1", "")],
        ),
        (
            "a percent sign in a key",
            &["a%20b=1"],
            &[("a%20b", "1", "")],
        ),
        (
            "keys have case",
            &["A=1,a=2"],
            &[("A", "1", ""), ("a", "2", "")],
        ),
        // 3.2.1.4: properties are kept as they are.
        ("properties", &["a=1;p;q=2"], &[("a", "1", "p;q=2")]),
        (
            "properties with white space",
            &["a=1 ; p ;\tq\t= %20 ;"],
            &[("a", "1", "p;q=%20")],
        ),
        // What is malformed is left out, the others stay.
        ("no equals sign", &["a,b=2"], &[("b", "2", "")]),
        ("no key", &["=1,b=2"], &[("b", "2", "")]),
        ("a blank in a key", &["a b=1,c=2"], &[("c", "2", "")]),
        ("a blank in a value", &["a=1 2,c=2"], &[("c", "2", "")]),
        ("a quote", &["a=\"1\",c=2"], &[("c", "2", "")]),
        ("a backslash", &["a=\\1,c=2"], &[("c", "2", "")]),
        ("not ASCII", &["a=é,é=1,c=2"], &[("c", "2", "")]),
        ("a bad property", &["a=1;p q,c=2"], &[("c", "2", "")]),
        // One name, one value (OpenTelemetry specification, Baggage API).
        ("a duplicate key", &["a=1,a=2"], &[("a", "2", "")]),
    ];
    for (case, fields, expected) in cases {
        let expected: Vec<_> = expected
            .iter()
            .map(|(key, value, metadata)| {
                (
                    (*key).to_owned(),
                    (*value).to_owned(),
                    (*metadata).to_owned(),
                )
            })
            .collect();
        assert_eq!(read(fields), expected, "{case}");
    }
}

#[test]
fn what_must_be_encoded_is_and_nothing_else() {
    let cases: &[(&str, &str, &str)] = &[
        ("plain-._~", "", "plain-._~"),
        ("a=b", "", "a=b"),
        ("100%", "", "100%25"),
        ("%41", "", "%2541"),
        (" ,;\\\"", "", "%20%2C%3B%5C%22"),
        ("\t\n\u{7f}", "", "%09%0A%7F"),
        ("é🐎", "", "%C3%A9%F0%9F%90%8E"),
        (
            "!#$&'()*+-./:<=>?@[]^_`{|}~",
            "",
            "!#$&'()*+-./:<=>?@[]^_`{|}~",
        ),
        ("1", "p;q=%20", "1;p;q=%20"),
        // It would be a member of its own.
        ("1", "p,evil=1", "1;p%2Cevil=1"),
    ];
    for (value, metadata, expected) in cases {
        let mut baggage = Baggage::new();
        baggage.insert_with_metadata("k", (*value).to_owned(), *metadata);
        assert_eq!(sent(&baggage), format!("k={expected}"));
    }
}

#[test]
fn it_passes_through_a_worker() {
    let header = "a=1;p=2,b=%20%25";
    let answer = hop(&Recorder::new(), &[("Baggage", "b=%20%25 , a = 1 ; p=2")]);
    assert_eq!(field(&answer, "baggage").as_deref(), Some(header));
}

#[test]
fn everything_arrives_up_to_the_limits() {
    // 3.3.2: 64 members and 8192 bytes.
    let members: Vec<String> = (0..64)
        .map(|at| format!("{at:02}={}", "v".repeat(124)))
        .collect();
    let full = members.join(",");
    assert_eq!(full.len(), 64 * 127 + 63);
    assert_eq!(read(&[&full]).len(), 64);
    let exact = format!("{full}{}", "v".repeat(8192 - full.len()));
    assert_eq!(read(&[&exact]).len(), 64);
    let answer = hop(&Recorder::new(), &[("baggage", &exact)]);
    assert_eq!(field(&answer, "baggage"), Some(exact));
}

#[test]
fn over_the_limits_whole_members_are_left_out() {
    let members: Vec<String> = (0..70).map(|at| format!("{at:02}=v")).collect();
    let kept = read(&[&members.join(",")]);
    assert_eq!(kept.len(), 64);
    assert_eq!(kept[63].0, "63");

    let huge = format!("a=1,b={},c=3", "v".repeat(8192));
    let keys: Vec<String> = read(&[&huge]).into_iter().map(|(key, ..)| key).collect();
    assert_eq!(keys, ["a", "c"], "what still fits behind it is kept");

    // Within what `Baggage` holds, and over it once encoded.
    let mut baggage = Baggage::new();
    baggage.insert("a", "1");
    baggage.insert("b", "é".repeat(2000));
    baggage.insert("c", "3");
    assert_eq!(sent(&baggage), "a=1,c=3");
}
