//! Tests of the limits, and of when a trace is drawn.

use opentelemetry::trace::{SpanId, TraceId};

use super::{Batch, Collector, Limits};
use crate::test_spans::{failed, span, trace_id};
use crate::trace::{FinishedTrace, Record};

fn collector(limits: Limits) -> Collector {
    Collector::new(limits)
}

fn start(collector: &mut Collector, trace: TraceId, id: u64) {
    collector.on_start(trace, SpanId::from(id), format!("thread {id}").into());
}

fn end(collector: &mut Collector, trace: TraceId, record: Record) {
    collector.on_end(trace, record);
}

fn both(collector: &mut Collector, trace: TraceId, record: Record) {
    collector.on_start(trace, record.id, "worker".into());
    end(collector, trace, record);
}

fn one(batch: Batch) -> FinishedTrace {
    let mut traces = batch.traces;
    assert!(traces.len() == 1 && batch.rest.is_empty(), "{traces:?}");
    traces.remove(0)
}

const T: TraceId = TraceId::from_bytes([7; 16]);

#[test]
fn a_trace_is_ready_when_its_root_has_ended_and_nothing_runs() {
    let collector = &mut collector(Limits::default());
    start(collector, T, 1);
    both(collector, T, span(2, 1, "worker", 1, 2));
    start(collector, T, 3);
    assert!(!collector.has_ready());
    end(collector, T, span(1, 0, "root", 0, 5));
    assert!(!collector.has_ready(), "a worker is still running");
    end(collector, T, span(3, 1, "worker", 1, 9));
    assert!(collector.has_ready());
    let trace = one(collector.take_ready());
    assert_eq!(
        (trace.spans.len(), trace.continues, trace.still_open),
        (3, false, 0)
    );
    assert!(!collector.has_ready() && collector.take_all().is_empty());
}

#[test]
fn the_thread_is_the_one_that_started_the_span() {
    let collector = &mut collector(Limits::default());
    both(collector, T, span(1, 0, "root", 0, 5));
    assert_eq!(
        one(collector.take_ready()).spans[0].thread.as_deref(),
        Some("worker")
    );
}

#[test]
fn a_remote_parent_makes_a_local_root() {
    let collector = &mut collector(Limits::default());
    let mut handler = span(1, 99, "handler", 0, 5);
    both(collector, T, handler.clone());
    assert!(!collector.has_ready(), "the parent may come");
    handler.parent_is_remote = true;
    both(collector, T, handler);
    assert!(collector.has_ready());
}

#[test]
fn a_span_without_its_root_waits_for_a_flush() {
    let collector = &mut collector(Limits::default());
    both(collector, T, span(2, 1, "worker", 0, 5));
    assert!(collector.take_ready().is_empty());
    assert_eq!(one(collector.take_all()).spans.len(), 1);
}

#[test]
fn late_spans_continue_their_trace() {
    let collector = &mut collector(Limits::default());
    both(collector, T, span(1, 0, "root", 0, 5));
    assert!(!one(collector.take_ready()).continues);
    start(collector, T, 2);
    assert!(!collector.has_ready());
    end(collector, T, span(2, 1, "worker", 6, 9));
    let late = one(collector.take_ready());
    assert!(late.continues);
    assert_eq!(late.spans.len(), 1);
}

#[test]
fn a_flush_takes_ended_spans_and_counts_open_ones() {
    let collector = &mut collector(Limits::default());
    start(collector, T, 1);
    both(collector, T, span(2, 1, "worker", 1, 2));
    let part = one(collector.take_all());
    assert_eq!(
        (part.spans.len(), part.still_open, part.continues),
        (1, 1, false)
    );
    assert!(collector.take_all().is_empty(), "nothing is drawn twice");
    end(collector, T, span(1, 0, "root", 0, 5));
    let rest = one(collector.take_ready());
    assert_eq!(
        (rest.spans.len(), rest.still_open, rest.continues),
        (1, 0, true)
    );
    assert_eq!(rest.spans[0].thread.as_deref(), Some("thread 1"));
}

#[test]
fn a_trace_without_end_is_bounded_and_keeps_its_root() {
    let limits = Limits {
        spans_per_trace: 10,
        ..Limits::default()
    };
    let collector = &mut collector(limits);
    start(collector, T, 1);
    for id in 2..1_000 {
        both(collector, T, span(id, 1, "worker", 1, 2));
    }
    end(collector, T, span(1, 0, "root", 0, 5));
    let trace = one(collector.take_ready());
    assert_eq!(
        (trace.spans.len(), trace.left_out, trace.span_count()),
        (11, 988, 999)
    );
    assert_eq!(trace.name(), "root");
}

#[test]
fn all_traces_together_are_bounded() {
    let limits = Limits {
        spans: 100,
        open: 5,
        ..Limits::default()
    };
    let collector = &mut collector(limits);
    for number in 0..50 {
        start(collector, trace_id(number), 1);
        for id in 2..12 {
            both(collector, trace_id(number), span(id, 1, "worker", 1, 2));
        }
    }
    assert_eq!((collector.kept, collector.named), (100, 5));
    for number in 0..50 {
        end(collector, trace_id(number), span(1, 0, "root", 0, 5));
    }
    let batch = collector.take_ready();
    let (drawn, left_out) = (
        batch.traces.len(),
        batch
            .traces
            .iter()
            .map(|trace| trace.left_out)
            .sum::<usize>(),
    );
    assert_eq!(drawn, 8);
    assert!(left_out > 0);
    assert_eq!(
        (
            collector.kept,
            collector.named,
            collector.ready,
            collector.pending.len()
        ),
        (0, 0, 0, 0)
    );
}

#[test]
fn a_crowd_is_summed_up_and_its_slowest_and_some_failed_are_drawn() {
    let collector = &mut collector(Limits::default());
    for number in 0..2_389_u64 {
        let mut record = span(1, 0, "worker_process", 0, 1 + number);
        if number < 3 {
            record = failed("boom", record);
        }
        both(collector, trace_id(u128::from(number)), record);
    }
    let batch = collector.take_ready();
    assert_eq!(batch.traces.len(), 10);
    assert_eq!(
        batch
            .traces
            .iter()
            .filter(|trace| trace.errors() > 0)
            .count(),
        2
    );
    assert_eq!(
        batch.rest.line(),
        "… and 2,379 more traces (2,379 spans, 1 error): worker_process"
    );
}

#[test]
fn more_traces_than_are_kept_are_summed_up_too() {
    let collector = &mut collector(Limits {
        traces: 100,
        drawn: 10,
        ..Limits::default()
    });
    for number in 0..100_000 {
        both(
            collector,
            trace_id(number),
            span(1, 0, "worker_process", 0, 1),
        );
        assert!(
            collector.pending.len() <= 100
                && collector.drawn.len() <= 10
                && collector.drawn_order.len() <= 10
        );
    }
    let batch = collector.take_all();
    assert_eq!(batch.traces.len(), 8);
    assert_eq!(
        batch.rest.line(),
        "… and 99,992 more traces (99,992 spans): worker_process"
    );
    assert_eq!(
        (collector.kept, collector.named, collector.ready),
        (0, 0, 0)
    );
}

#[test]
fn traces_that_never_end_are_evicted() {
    let collector = &mut collector(Limits {
        traces: 100,
        ..Limits::default()
    });
    for number in 0..1_000 {
        start(collector, trace_id(number), 1);
        both(collector, trace_id(number), span(2, 1, "worker", 0, 1));
        assert!(collector.pending.len() <= 100);
    }
    both(collector, trace_id(5_000), span(1, 0, "root", 0, 1));
    let batch = collector.take_ready();
    assert_eq!(
        batch
            .traces
            .iter()
            .filter(|trace| trace.id == trace_id(5_000))
            .count(),
        1
    );
    assert!(
        batch.rest.line().contains("unfinished traces): worker"),
        "{}",
        batch.rest.line()
    );
    assert_eq!(
        collector.named,
        collector
            .pending
            .values()
            .map(|pending| pending.open.len())
            .sum::<usize>()
    );
}
