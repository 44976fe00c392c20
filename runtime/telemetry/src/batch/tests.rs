//! Tests that every span is in exactly one count.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use opentelemetry::trace::{Tracer as _, TracerProvider as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{
    Sampler, SamplingDecision, SamplingResult, SdkTracerProvider, ShouldSample, SpanData,
};

use super::{Batch, Counters, Deliver, Delivery, batch_processor};
use crate::counts::{CountingProcessor, SpanCounts};

const LONG: Duration = Duration::from_secs(60);

/// An exporter that sends the size of each batch, and then waits for the verdict: whether it is
/// exported.
#[derive(Debug)]
struct Held {
    batches: SyncSender<usize>,
    verdicts: Mutex<Receiver<bool>>,
}

impl Deliver for Held {
    async fn deliver(&self, batch: Vec<SpanData>) -> Delivery {
        let spans = batch.len();
        let _ = self.batches.send(spans);
        let verdicts = self.verdicts.lock().unwrap_or_else(PoisonError::into_inner);
        match verdicts.recv() {
            Ok(true) => Delivery {
                exported: spans,
                ..Delivery::default()
            },
            _ => Delivery::failed(spans, "refused".into()),
        }
    }

    fn set_resource(&mut self, _: &Resource) {}
}

struct Fixture {
    provider: SdkTracerProvider,
    counters: Arc<Counters>,
    batches: Receiver<usize>,
    verdicts: SyncSender<bool>,
}

impl Fixture {
    fn new(queue_size: usize, timeout: Duration, sampler: impl ShouldSample + 'static) -> Self {
        let (batches, seen) = sync_channel(1024);
        let (verdicts, awaited) = sync_channel(1024);
        let exporter = Held {
            batches,
            verdicts: Mutex::new(awaited),
        };
        let counters = Arc::new(Counters::new(true));
        // A batch is exported when it is as large as the queue, whatever the environment is.
        let batch = Batch {
            queue_size,
            export_size: queue_size,
            delay: LONG,
        };
        let batch = batch_processor(exporter, &counters, batch, timeout);
        let counting = CountingProcessor::new(vec![Box::new(batch)], Arc::clone(&counters));
        let provider = SdkTracerProvider::builder()
            .with_sampler(Box::new(sampler) as Box<dyn ShouldSample>)
            .with_span_processor(counting)
            .build();
        Self {
            provider,
            counters,
            batches: seen,
            verdicts,
        }
    }

    fn end_spans(&self, number: usize) {
        end_spans(&self.provider, number);
    }
}

fn end_spans(provider: &SdkTracerProvider, number: usize) {
    let tracer = provider.tracer("test");
    for _ in 0..number {
        drop(tracer.start("span"));
    }
}

#[test]
fn spans_that_find_the_queue_full_are_dropped_and_counted() {
    let fixture = Fixture::new(4, Duration::ZERO, Sampler::AlwaysOn);
    fixture.end_spans(4);
    assert_eq!(fixture.batches.recv(), Ok(4));
    // The exporter has the batch, so the queue has room for four again.
    fixture.end_spans(7);
    let spans = fixture.counters.so_far();
    assert_eq!(
        (spans.ended, spans.dropped_queue_full, spans.dropped),
        (11, 3, 3)
    );
    fixture.verdicts.send(true).expect("the exporter");
    fixture.verdicts.send(true).expect("the exporter");
    assert!(fixture.provider.shutdown().is_ok());
    let spans = fixture.counters.at_shutdown();
    assert_eq!(
        (spans.exported, spans.dropped, spans.dropped_at_shutdown),
        (8, 3, 0)
    );
}

#[test]
fn with_a_timeout_nothing_is_dropped() {
    let fixture = Fixture::new(4, LONG, Sampler::AlwaysOn);
    let provider = &fixture.provider;
    let seen = thread::scope(|scope| {
        let ending: Vec<_> = (0..3)
            .map(|_| scope.spawn(|| end_spans(provider, 100)))
            .collect();
        let mut seen = 0;
        while ending.iter().any(|thread| !thread.is_finished()) {
            if let Ok(spans) = fixture.batches.recv_timeout(Duration::from_millis(10)) {
                assert!(spans <= 4);
                seen += spans;
                fixture.verdicts.send(true).expect("the exporter");
            }
        }
        seen
    });
    for _ in 0..4 {
        fixture.verdicts.send(true).expect("the exporter");
    }
    assert!(fixture.provider.shutdown().is_ok());
    let spans = fixture.counters.at_shutdown();
    assert_eq!((spans.ended, spans.exported, spans.dropped), (300, 300, 0));
    assert!(seen <= 300);
}

#[test]
fn spans_dropped_after_the_wait_are_counted() {
    let fixture = Fixture::new(2, Duration::from_millis(10), Sampler::AlwaysOn);
    fixture.end_spans(2);
    assert_eq!(fixture.batches.recv(), Ok(2));
    fixture.end_spans(5);
    assert_eq!(fixture.counters.so_far().dropped_queue_full, 3);
    for _ in 0..2 {
        fixture.verdicts.send(true).expect("the exporter");
    }
    assert!(fixture.provider.shutdown().is_ok());
    assert_eq!(fixture.counters.at_shutdown().exported, 4);
}

#[test]
fn a_failed_export_is_counted_and_its_reason_kept() {
    let fixture = Fixture::new(8, Duration::ZERO, Sampler::AlwaysOn);
    fixture.end_spans(3);
    fixture.verdicts.send(false).expect("the exporter");
    assert!(fixture.provider.force_flush().is_err());
    let spans = fixture.counters.so_far();
    assert_eq!(
        (spans.dropped_export_failed, spans.dropped, spans.exported),
        (3, 3, 0)
    );
    let error = fixture.counters.last_error().expect("a reason");
    assert!(error.contains("refused"), "{error}");
}

#[test]
fn spans_that_are_queued_or_open_at_the_shutdown_are_lost() {
    let fixture = Fixture::new(8, Duration::ZERO, Sampler::AlwaysOn);
    fixture.end_spans(3);
    let open = fixture.provider.tracer("test").start("open");
    let stopped = fixture
        .provider
        .shutdown_with_timeout(Duration::from_millis(10));
    assert!(stopped.is_err());
    drop(open);
    let spans = fixture.counters.at_shutdown();
    assert_eq!((spans.ended, spans.exported), (3, 0));
    assert_eq!(
        (spans.dropped, spans.dropped_at_shutdown, spans.open),
        (3, 3, 1)
    );
}

/// A sampler that records spans and does not sample them.
#[derive(Clone, Debug)]
struct RecordOnly;

impl ShouldSample for RecordOnly {
    fn should_sample(
        &self,
        _: Option<&opentelemetry::Context>,
        _: opentelemetry::trace::TraceId,
        _: &str,
        _: &opentelemetry::trace::SpanKind,
        _: &[opentelemetry::KeyValue],
        _: &[opentelemetry::trace::Link],
    ) -> SamplingResult {
        SamplingResult {
            decision: SamplingDecision::RecordOnly,
            attributes: Vec::new(),
            trace_state: opentelemetry::trace::TraceState::default(),
        }
    }
}

#[test]
fn spans_that_are_not_sampled_are_not_counted() {
    let fixture = Fixture::new(8, Duration::ZERO, RecordOnly);
    fixture.end_spans(3);
    assert!(fixture.provider.shutdown().is_ok());
    assert_eq!(fixture.counters.at_shutdown(), SpanCounts::default());
    assert!(fixture.batches.try_recv().is_err());
}
