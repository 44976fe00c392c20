//! Tests of the parts that are kept of a span's attributes, events and links.

use std::time::{Duration, UNIX_EPOCH};

use opentelemetry::trace::{Event, Link, SpanContext, SpanId, TraceFlags, TraceId, TraceState};
use opentelemetry::{Array, KeyValue, Value};
use opentelemetry_sdk::trace::{SpanEvents, SpanLinks};

use super::{Details, Parts};

fn details(attributes: Vec<KeyValue>) -> (Details, u64) {
    let (events, links) = (SpanEvents::default(), SpanLinks::default());
    Details::new(attributes, events, &links, false, Parts::default())
}

fn links(traces: impl IntoIterator<Item = u128>) -> SpanLinks {
    let mut links = SpanLinks::default();
    links.links.extend(traces.into_iter().map(|trace| {
        Link::with_context(SpanContext::new(
            TraceId::from(trace),
            SpanId::from(7),
            TraceFlags::SAMPLED,
            true,
            TraceState::default(),
        ))
    }));
    links
}

fn events(names: &[&'static str]) -> SpanEvents {
    let mut events = SpanEvents::default();
    events
        .events
        .extend(names.iter().zip(1..).map(|(&name, at)| {
            let message = vec![KeyValue::new("exception.message", "boom")];
            Event::new(name, UNIX_EPOCH + Duration::from_nanos(at), message, 0)
        }));
    events
}

#[test]
fn attributes_of_libraries_are_no_fields() {
    let keys = [
        "thread.id",
        "code.file.path",
        "messaging.system",
        "traced_worker.outcome",
        "error.type",
        "exception.message",
        "otel.name",
        "busy_ns",
        "idle_ns",
        "level",
        "target",
    ];
    let mut attributes: Vec<_> = keys.iter().map(|&key| KeyValue::new(key, 1)).collect();
    assert!(details(attributes.clone()).0.is_empty());
    attributes.push(KeyValue::new("targets", 2));
    let (details, _) = details(attributes);
    assert_eq!(details.fields, [KeyValue::new("targets", 2)]);
}

#[test]
fn the_last_value_of_a_field_counts() {
    let attributes = ["a", "b", "a"].iter().zip(1..);
    let attributes = attributes.map(|(&key, value)| KeyValue::new(key, value));
    let (details, _) = details(attributes.collect());
    assert_eq!(
        details.fields,
        [KeyValue::new("a", 3), KeyValue::new("b", 2)]
    );
}

#[test]
fn fields_are_bounded() {
    let long = "名".repeat(10_000);
    let mut attributes = vec![
        KeyValue::new(long.clone(), long.clone()),
        KeyValue::new(
            "strings",
            Value::Array(Array::String(vec![long.clone().into(); 100])),
        ),
        KeyValue::new(
            "empty",
            Value::Array(Array::String(vec!["".into(); 100_000])),
        ),
        KeyValue::new("numbers", Value::Array(Array::I64((0..100_000).collect()))),
        KeyValue::new("short", Value::Array(Array::Bool(vec![true, false]))),
    ];
    attributes.extend((0..1_000).map(|n| KeyValue::new(format!("key {n}"), f64::NAN)));
    let (details, _) = details(attributes);
    assert!(details.fields.len() == 8 && details.has_more_fields);
    assert_eq!(details.fields[4].value.as_str(), "[true,false]");
    assert!(details.fields[3].value.as_str().ends_with(",…]"));
    assert!(details.bytes() < 4_000, "{}", details.bytes());
}

#[test]
fn a_wait_that_is_no_time_is_none() {
    for (value, expected) in [
        (Value::F64(0.5), 500_000_000),
        (Value::F64(-1.0), 0),
        (Value::F64(f64::NAN), 0),
        (Value::F64(f64::INFINITY), 0),
        (Value::F64(f64::MAX), u64::MAX),
        (Value::I64(3), 0),
        (Value::from("long"), 0),
    ] {
        let attribute = KeyValue::new("traced_worker.queue.wait", value);
        assert_eq!(
            details(vec![attribute.clone()]).1,
            expected,
            "{attribute:?}"
        );
    }
}

#[test]
fn a_batch_that_is_no_number_is_none() {
    for (value, expected) in [
        (Value::I64(64), Some(64)),
        (Value::I64(-1), None),
        (Value::from("64"), None),
    ] {
        let attribute = KeyValue::new("messaging.batch.message_count", value);
        assert_eq!(details(vec![attribute]).0.batch, expected);
    }
}

#[test]
fn the_traces_of_links_are_counted_once() {
    for (traces, number, named) in [
        (vec![], 0, vec![]),
        (vec![0], 0, vec![]),
        (vec![5, 5, 5], 1, vec![5]),
        (vec![5, 6, 0, 5], 2, vec![5, 6]),
        (vec![9, 5, 6, 5, 7, 8, 9], 5, vec![9, 5, 6]),
        ((0..10_000).collect(), 9_999, vec![1, 2, 3]),
    ] {
        let sources = super::Sources::new(&links(traces));
        let named: Vec<_> = named.into_iter().map(TraceId::from).collect();
        assert_eq!((sources.traces, sources.named), (number, named));
    }
}

#[test]
fn events_are_bounded_and_all_are_counted() {
    let mut many = events(&["retry"; 1_000]);
    many.dropped_count = 5;
    let (details, _) = Details::new(
        Vec::new(),
        many,
        &SpanLinks::default(),
        false,
        Parts::default(),
    );
    assert_eq!((details.events.len(), details.event_count), (16, 1_005));
    assert_eq!(details.events[0].time, 1);
}

#[test]
fn an_exception_of_a_span_without_error_has_its_message() {
    for (failed, name) in [(false, "exception: boom"), (true, "exception")] {
        let events = events(&["exception"]);
        let (details, _) = Details::new(
            Vec::new(),
            events,
            &SpanLinks::default(),
            failed,
            Parts::default(),
        );
        assert_eq!(details.events[0].name, name);
        assert!(details.events[0].is_exception);
    }
}

#[test]
fn parts_that_are_off_are_not_kept() {
    let attributes = vec![
        KeyValue::new("file.path", "src/pool.rs"),
        KeyValue::new("traced_worker.queue.wait", 0.5),
        KeyValue::new("messaging.batch.message_count", 64),
    ];
    let parts = Parts {
        fields: false,
        events: false,
        links: false,
        queue_wait: false,
        ..Parts::default()
    };
    let (details, wait) =
        Details::new(attributes, events(&["retry"]), &links([5, 6]), false, parts);
    assert!(details.is_empty() && wait == 0, "{details:?}");
}
