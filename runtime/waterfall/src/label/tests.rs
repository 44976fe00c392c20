//! Tests of the texts of fields, links and events.

use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry::{KeyValue, Value};

use super::{events, fields, sources};
use crate::details::{Details, Sources};
use crate::test_spans::{MS, event, failed, span, with, with_fields};
use crate::text::width;

#[test]
fn fields_are_shortened_to_the_room() {
    let span = with_fields(
        &[
            ("file.path", "runtime/src/pool/shuttle.rs".into()),
            ("bytes", Value::I64(27_780)),
        ],
        span(2, 1, "worker", 0, 1),
    );
    for (columns, expected) in [
        (51, "{file.path=runtime/src/pool/shuttle.rs bytes=27780}"),
        (50, "{file.path=runtime/…c/pool/shuttle.rs bytes=27780}"),
        (40, "{file.path=runti…shuttle.rs bytes=27780}"),
        (30, "{file.path=r…e.rs bytes=27780}"),
        (29, "{file.path=r…e.rs …}"),
        (19, ""),
        (0, ""),
    ] {
        let text = fields(&span, columns);
        assert_eq!(text, expected, "{columns}");
    }
}

#[test]
fn values_that_could_be_misread_are_quoted() {
    let value = |value: &str| {
        let value = value.to_owned().into();
        fields(&with_fields(&[("k", value)], span(1, 0, "a", 0, 1)), 80)
    };
    assert_eq!(value("src/pool.rs"), "{k=src/pool.rs}");
    assert_eq!(value(""), r#"{k=""}"#);
    assert_eq!(value("a b"), r#"{k="a b"}"#);
    assert_eq!(value(r#"a="b""#), r#"{k="a=\"b\""}"#);
    assert_eq!(value("a\x1b[2J\n\u{202e}"), r#"{k="a\u{1b}[2J\n\u{202e}"}"#);
    assert_eq!(value("a\x1b[2J"), r"{k=a\u{1b}[2J}");
    assert_eq!(value("名前"), "{k=名前}");
    let key = with_fields(&[("k\n\x1b", 1.into())], span(1, 0, "a", 0, 1));
    assert_eq!(fields(&key, 80), r"{k\n\u{1b}=1}");
}

#[test]
fn fields_never_take_more_than_the_room() {
    let odd = "👩‍👩‍👧‍👦❤️ e\u{301}\u{200e}名前".repeat(20);
    let key = |n: usize| -> &'static str { ["k", "名前", "e\u{301}", ""][n % 4] };
    for number in 1..=4 {
        let items: Vec<_> = (0..number).map(|n| (key(n), odd.clone().into())).collect();
        let span = with_fields(&items, span(1, 0, "a", 0, 1));
        for columns in 0..120 {
            let text = fields(&span, columns);
            assert!(width(&text) <= columns, "{columns}: {text}");
        }
    }
}

fn of(traces: usize, batch: Option<u64>, has_more: bool) -> Option<String> {
    let named = (1..=traces.min(3)).map(|n| TraceId::from(u128::MAX / 16 * n as u128));
    let details = Details {
        sources: Sources {
            traces,
            named: named.collect(),
            span: Some(SpanId::from(0xb7)),
            has_more,
        },
        batch,
        ..Details::default()
    };
    sources(&details, TraceId::from(u128::MAX / 16))
}

#[test]
fn sources_are_counted_and_named() {
    let foreign = Details {
        sources: Sources {
            traces: 1,
            named: vec![TraceId::from(u128::MAX)],
            span: Some(SpanId::from(0xb7)),
            ..Sources::default()
        },
        ..Details::default()
    };
    let own = TraceId::from(1);
    assert_eq!(sources(&Details::default(), own), None);
    assert_eq!(
        sources(&foreign, own).as_deref(),
        Some("from trace ffffffff…")
    );
    for (text, expected) in [
        (of(0, Some(64), false), "batch of 64"),
        (
            of(1, None, false),
            "from span 00000000000000b7 of this trace",
        ),
        (of(1, None, true), "from 1 or more traces: 0fffffff…"),
        (
            of(3, Some(64), false),
            "batch of 64, from 3 traces: 0fffffff…, 1fffffff…, 2fffffff…",
        ),
        (
            of(1_128, Some(u64::MAX), true),
            "batch of 18,446,744,073,709,551,615, from 1,128 or more traces: 0fffffff…, 1fffffff…, \
             2fffffff…, …",
        ),
    ] {
        assert_eq!(text.as_deref(), Some(expected));
    }
}

#[test]
fn events_are_named_as_far_as_there_is_room() {
    let start = span(1, 0, "a", 10, 20).start;
    let record = with(span(1, 0, "a", 10, 20), |details| {
        details.events = vec![
            event("cache\nmiss", start + MS),
            event("retry", start + 3 * MS),
            event("early", start - 1),
        ];
        details.event_count = 5;
    });
    for (columns, expected) in [
        (
            80,
            r"5 events: cache\nmiss +1.00ms, retry +3.00ms, early, …",
        ),
        (40, r"5 events: cache\nmiss +1.00ms, retry +3…"),
        (8, "5 event…"),
        (0, ""),
    ] {
        assert_eq!(events(&record, columns).as_deref(), Some(expected));
    }
}

#[test]
fn the_exception_of_an_error_is_not_told_twice() {
    let mut exception = event("exception", 0);
    exception.is_exception = true;
    let with_events = |record, number: usize| {
        with(record, |details| {
            details.events = vec![exception.clone(); 1];
            details.events.extend(vec![event("retry", 0); number - 1]);
            details.event_count = number;
        })
    };
    let record = failed("boom", span(1, 0, "a", 10, 20));
    assert_eq!(events(&with_events(record.clone(), 1), 80), None);
    let two = events(&with_events(record, 2), 80);
    assert_eq!(two.as_deref(), Some("1 event: retry"));
    let no_error = events(&with_events(span(1, 0, "a", 10, 20), 1), 80);
    assert_eq!(no_error.as_deref(), Some("1 event: exception"));
}

#[test]
fn many_fields_end_in_an_ellipsis() {
    let record = with(span(1, 0, "a", 0, 1), |details| {
        details.fields = vec![KeyValue::new("n", 1)];
        details.has_more_fields = true;
    });
    assert_eq!(fields(&record, 80), "{n=1 …}");
}
