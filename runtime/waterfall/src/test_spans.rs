//! Spans for the unit tests.

use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry::{KeyValue, Value};

use crate::details::{Details, Mark};
use crate::trace::{FinishedTrace, Record};

pub(crate) const MS: u64 = 1_000_000;
/// When the first span starts, in milliseconds.
const EPOCH: u64 = 1_700_000_000_000;

/// A span of the main thread, from and to in milliseconds; `parent` 0 is none.
pub(crate) fn span(id: u64, parent: u64, name: &str, from: u64, to: u64) -> Record {
    Record {
        id: SpanId::from(id),
        parent: (parent != 0).then(|| SpanId::from(parent)),
        parent_is_remote: false,
        name: name.to_owned().into(),
        start: (EPOCH + from) * MS,
        end: (EPOCH + to) * MS,
        thread: Some("main thread".into()),
        error: None,
        wait: 0,
        details: None,
    }
}

pub(crate) fn on(thread: &str, span: Record) -> Record {
    Record {
        thread: Some(thread.into()),
        ..span
    }
}

pub(crate) fn failed(message: &str, span: Record) -> Record {
    Record {
        error: Some(message.into()),
        ..span
    }
}

pub(crate) fn trace(spans: Vec<Record>) -> FinishedTrace {
    let failed = spans.iter().any(|span| span.error.is_some());
    FinishedTrace {
        id: trace_id(1),
        order: 1,
        spans,
        continues: false,
        still_open: 0,
        left_out: 0,
        stripped: 0,
        failed,
    }
}

pub(crate) fn trace_id(number: u128) -> TraceId {
    TraceId::from(0x5b8a_a5a2_d2c8_72e8_321c_f373_08d6_9d00 + number)
}

/// `process_data` and this many workers, which take 1 ms, 2 ms, ..
pub(crate) fn many(workers: u64) -> Vec<Record> {
    let mut spans: Vec<Record> = (1..=workers)
        .map(|n| span(n + 1, 1, "worker_process", n, 2 * n))
        .collect();
    spans.push(span(1, 0, "process_data", 0, 2 * workers + 1));
    spans
}

/// Changes the details of a span.
pub(crate) fn with(span: Record, change: impl FnOnce(&mut Details)) -> Record {
    let mut details = span.details.clone().unwrap_or_default();
    change(&mut details);
    Record {
        details: Some(details),
        ..span
    }
}

pub(crate) fn with_fields(fields: &[(&'static str, Value)], span: Record) -> Record {
    with(span, |details| {
        let fields = fields.iter().cloned();
        details
            .fields
            .extend(fields.map(|(key, value)| KeyValue::new(key, value)));
    })
}

/// A span whose message waited so many milliseconds in a queue.
pub(crate) fn waited(milliseconds: u64, span: Record) -> Record {
    Record {
        wait: milliseconds * MS,
        ..span
    }
}

pub(crate) fn event(name: &'static str, time: u64) -> Mark {
    Mark {
        time,
        name: name.into(),
        is_exception: false,
    }
}

/// Events at so many milliseconds after the start of the span.
pub(crate) fn with_events(events: &[(&'static str, u64)], span: Record) -> Record {
    let start = span.start;
    with(span, |details| {
        details.events = events
            .iter()
            .map(|&(name, at)| Mark {
                is_exception: name == "exception",
                ..event(name, start + at * MS)
            })
            .collect();
        details.event_count = events.len();
    })
}
