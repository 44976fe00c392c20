//! Tests of the limits, and of when a trace is drawn.

use opentelemetry::trace::{SpanId, TraceId};

use super::{Batch, Collector, Limits};
use crate::picture::Picture;
use crate::test_spans::{failed, span, trace_id, with_fields};
use crate::trace::{FinishedTrace, Record};

fn collector(limits: Limits) -> Collector {
    Collector::new(limits, Picture::Always, true)
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
        // The last ones are the slowest.
        let root = span(1, 0, "root", 0, 5 + number);
        end(collector, trace_id(number.into()), root);
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
fn a_crowd_is_summed_up_and_failed_and_slowest_traces_are_drawn() {
    let collector = &mut collector(Limits::default());
    for number in 0..2_389_u64 {
        let mut record = span(1, 0, "worker_process", 0, 1 + number);
        if number < 3 {
            record = failed("boom", record);
        }
        both(collector, trace_id(u128::from(number)), record);
    }
    let batch = collector.take_ready();
    let drawn: Vec<u64> = batch.traces.iter().map(|trace| trace.order).collect();
    assert_eq!(drawn, [1, 2, 3, 2_385, 2_386, 2_387, 2_388, 2_389]);
    assert_eq!(
        batch.rest.line(),
        "… and 2,381 more traces (2,381 spans; failed and slowest drawn first): worker_process"
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
        "… and 99,992 more traces (99,992 spans; failed and slowest drawn first): worker_process"
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

fn picture(picture: Picture) -> Collector {
    Collector::new(Limits::default(), picture, true)
}

/// Ends this many traces of one span, of which some have an error.
fn crowd(collector: &mut Collector, traces: u64, is_failed: impl Fn(u64) -> bool) {
    for number in 1..=traces {
        // The slowest are in the middle.
        let duration = number.min(traces - number);
        let record = span(1, 0, "worker_process", 0, duration);
        let mut record = with_fields(&[("number", "1".into())], record);
        if is_failed(number) {
            record = failed("boom", record);
        }
        both(collector, trace_id(number.into()), record);
    }
}

fn orders(batch: &Batch) -> Vec<u64> {
    batch.traces.iter().map(|trace| trace.order).collect()
}

#[test]
fn more_failed_traces_than_are_drawn_leave_the_slowest_of_them() {
    let collector = &mut picture(Picture::Always);
    crowd(collector, 100, |number| number % 5 == 0);
    let batch = collector.take_ready();
    assert_eq!(orders(&batch), [30, 35, 40, 45, 50, 55, 60, 65]);
    assert_eq!(
        batch.rest.line(),
        "… and 92 more traces (92 spans, 12 errors; failed and slowest drawn first): worker_process"
    );
}

#[test]
fn traces_without_error_are_neither_drawn_nor_counted_on_error() {
    let collector = &mut picture(Picture::OnError);
    crowd(collector, 100, |number| number == 7);
    let batch = collector.take_ready();
    assert_eq!(orders(&batch), [7]);
    assert!(batch.rest.is_empty());
    crowd(collector, 5_000, |_| false);
    assert!(collector.take_all().is_empty());
    assert_eq!((collector.kept, collector.bytes), (0, 0));
}

#[test]
fn a_trace_with_an_error_is_still_drawn_after_others_were_evicted() {
    let limits = Limits {
        traces: 100,
        ..Limits::default()
    };
    let collector = &mut Collector::new(limits, Picture::OnError, true);
    crowd(collector, 1_000, |number| number == 500);
    let batch = collector.take_all();
    assert_eq!(orders(&batch), [500]);
    assert!(batch.rest.is_empty());
}

#[test]
fn an_error_in_a_span_that_is_not_kept_is_an_error() {
    let limits = Limits {
        spans_per_trace: 1,
        ..Limits::default()
    };
    let collector = &mut Collector::new(limits, Picture::OnError, true);
    start(collector, T, 1);
    both(collector, T, span(2, 1, "worker", 1, 2));
    both(collector, T, failed("boom", span(3, 1, "worker", 1, 2)));
    end(collector, T, span(1, 0, "root", 0, 5));
    assert_eq!(one(collector.take_ready()).left_out, 1);
}

#[test]
fn a_flush_on_error_leaves_unfinished_traces_whole() {
    let collector = &mut picture(Picture::OnError);
    start(collector, T, 1);
    both(collector, T, span(2, 1, "worker", 1, 2));
    assert!(collector.take_for_flush().is_empty());
    both(collector, T, failed("boom", span(3, 1, "worker", 1, 2)));
    assert!(collector.take_for_flush().is_empty());
    assert_eq!(one(collector.take_all()).spans.len(), 2);
}

#[test]
fn the_slowest_traces_are_drawn_at_a_flush() {
    let collector = &mut picture(Picture::Slowest(3));
    crowd(collector, 2_000, |number| number == 7);
    assert!(!collector.has_ready(), "they wait for a flush");
    assert!(
        collector.pending.len() <= 3 + 65,
        "{}",
        collector.pending.len()
    );
    let batch = collector.take_for_flush();
    assert_eq!(orders(&batch), [999, 1_000, 1_001]);
    assert_eq!(
        batch.rest.line(),
        "… and 1,997 more traces (1,997 spans, 1 error; slowest drawn first): worker_process"
    );
    assert!(
        collector.take_for_flush().is_empty(),
        "nothing is drawn twice"
    );
    assert_eq!((collector.kept, collector.bytes), (0, 0));
}

#[test]
fn any_number_of_slowest_traces_is_bounded() {
    for (number, drawn) in [(0, 0), (1, 1), (usize::MAX, 256)] {
        let collector = &mut picture(Picture::Slowest(number));
        crowd(collector, 10_000, |_| false);
        let batch = collector.take_all();
        assert_eq!(batch.traces.len(), drawn);
        assert!(!batch.rest.is_empty());
    }
}

#[test]
fn the_bytes_of_details_are_bounded_and_failed_spans_keep_the_start_of_their_message() {
    let limits = Limits {
        bytes: 50_000,
        ..Limits::default()
    };
    let collector = &mut Collector::new(limits, Picture::Always, true);
    start(collector, T, 1);
    let path = "p".repeat(200);
    let message = "m".repeat(1_000);
    for id in 2..1_002 {
        let record = with_fields(
            &[("path", path.clone().into())],
            span(id, 1, "worker", 1, 2),
        );
        both(collector, T, failed(&message, record));
    }
    assert!(
        collector.bytes < 50_000 + 2_000 + 1_000 * 64,
        "{}",
        collector.bytes
    );
    end(collector, T, span(1, 0, "root", 0, 5));
    let trace = one(collector.take_ready());
    assert_eq!(trace.spans.len(), 1_001);
    assert!((900..1_000).contains(&trace.stripped), "{}", trace.stripped);
    let last = &trace.spans[999];
    assert!(last.details.is_none() && last.error.as_deref() == Some(&message[..64]));
    assert_eq!(collector.bytes, 0);
}

#[test]
fn threads_that_are_off_are_not_drawn() {
    let collector = &mut Collector::new(Limits::default(), Picture::Always, false);
    both(collector, T, span(1, 0, "root", 0, 5));
    assert_eq!(collector.named, 0);
    assert_eq!(one(collector.take_ready()).spans[0].thread, None);
}

#[test]
fn evicted_traces_without_error_are_not_counted_on_error() {
    let limits = Limits {
        traces: 100,
        ..Limits::default()
    };
    let collector = &mut Collector::new(limits, Picture::OnError, true);
    for number in 0..1_000 {
        start(collector, trace_id(number), 1);
        both(collector, trace_id(number), span(2, 1, "worker", 0, 1));
    }
    assert!(collector.take_all().rest.is_empty());
}

#[test]
fn of_equal_traces_the_first_are_drawn() {
    let collector = &mut picture(Picture::Always);
    for number in 1..=100 {
        both(collector, trace_id(number), span(1, 0, "worker", 0, 1));
    }
    assert_eq!(orders(&collector.take_ready()), [1, 2, 3, 4, 5, 6, 7, 8]);
}

#[test]
fn a_trace_that_waits_for_a_flush_keeps_its_numbers() {
    let limits = Limits {
        bytes: 0,
        spans_per_trace: 1,
        ..Limits::default()
    };
    let collector = &mut Collector::new(limits, Picture::Slowest(1), true);
    start(collector, T, 1);
    for id in 2..4 {
        let worker = with_fields(&[("n", 1.into())], span(id, 1, "worker", 0, 1));
        both(collector, T, worker);
    }
    end(collector, T, span(1, 0, "root", 0, 1_000));
    crowd(collector, 200, |_| false);
    let trace = collector.take_all().traces.remove(0);
    assert_eq!((trace.id, trace.stripped, trace.left_out), (T, 1, 1));
}
