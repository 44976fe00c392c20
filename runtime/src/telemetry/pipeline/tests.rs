//! Every span is in exactly one figure.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use opentelemetry::trace::{Tracer as _, TracerProvider as _};
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{
    Sampler, SamplingDecision, SamplingResult, SdkTracerProvider, ShouldSample, SpanData,
    SpanExporter,
};

use super::{Account, batching};

const LONG: Duration = Duration::from_mins(1);

/// Says how large each batch is, and takes it, or refuses it, when it is told to.
#[derive(Debug)]
struct Held {
    batches: SyncSender<usize>,
    verdicts: Mutex<Receiver<bool>>,
}

impl SpanExporter for Held {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let _ = self.batches.send(batch.len());
        let verdicts = self.verdicts.lock().unwrap_or_else(PoisonError::into_inner);
        match verdicts.recv() {
            Ok(true) => Ok(()),
            _ => Err(OTelSdkError::InternalFailure("refused".into())),
        }
    }
}

struct Fixture {
    provider: SdkTracerProvider,
    account: Arc<Account>,
    batches: Receiver<usize>,
    verdicts: SyncSender<bool>,
}

impl Fixture {
    fn new(queue: usize, patience: Duration, sampler: impl ShouldSample + 'static) -> Self {
        let (batches, seen) = sync_channel(1024);
        let (verdicts, told) = sync_channel(1024);
        let exporter = Held {
            batches,
            verdicts: Mutex::new(told),
        };
        let account = Arc::new(Account::new(false));
        let provider = SdkTracerProvider::builder()
            .with_sampler(Box::new(sampler) as Box<dyn ShouldSample>)
            .with_span_processor(batching(exporter, &account, queue, patience))
            .build();
        Self {
            provider,
            account,
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
fn what_finds_no_room_is_dropped_and_counted() {
    let fixture = Fixture::new(4, Duration::ZERO, Sampler::AlwaysOn);
    fixture.end_spans(4);
    assert_eq!(fixture.batches.recv(), Ok(4));
    // The batch is with the exporter, so the queue has its four places again.
    fixture.end_spans(7);
    let spans = fixture.account.so_far();
    assert_eq!((spans.ended, spans.no_room, spans.dropped), (11, 3, 3));
    fixture.verdicts.send(true).expect("the exporter");
    fixture.verdicts.send(true).expect("the exporter");
    assert!(fixture.provider.shutdown().is_ok());
    let spans = fixture.account.closed();
    assert_eq!((spans.exported, spans.dropped, spans.unsent), (8, 3, 0));
}

#[test]
fn with_patience_nothing_is_dropped() {
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
    let spans = fixture.account.closed();
    assert_eq!((spans.ended, spans.exported, spans.dropped), (300, 300, 0));
    assert!(seen <= 300);
}

#[test]
fn whoever_waited_in_vain_is_counted() {
    let fixture = Fixture::new(2, Duration::from_millis(10), Sampler::AlwaysOn);
    fixture.end_spans(2);
    assert_eq!(fixture.batches.recv(), Ok(2));
    fixture.end_spans(5);
    assert_eq!(fixture.account.so_far().no_room, 3);
    for _ in 0..2 {
        fixture.verdicts.send(true).expect("the exporter");
    }
    assert!(fixture.provider.shutdown().is_ok());
    assert_eq!(fixture.account.closed().exported, 4);
}

#[test]
fn a_batch_that_the_exporter_gives_up_on_is_lost_and_the_reason_kept() {
    let fixture = Fixture::new(8, Duration::ZERO, Sampler::AlwaysOn);
    fixture.end_spans(3);
    fixture.verdicts.send(false).expect("the exporter");
    assert!(fixture.provider.force_flush().is_err());
    let spans = fixture.account.so_far();
    assert_eq!((spans.failed, spans.dropped, spans.exported), (3, 3, 0));
    let error = fixture.account.last_error().expect("a reason");
    assert!(error.contains("refused"), "{error}");
}

#[test]
fn what_the_shutdown_leaves_behind_is_lost() {
    let fixture = Fixture::new(8, Duration::ZERO, Sampler::AlwaysOn);
    fixture.end_spans(3);
    let open = fixture.provider.tracer("test").start("open");
    let stopped = fixture
        .provider
        .shutdown_with_timeout(Duration::from_millis(10));
    assert!(stopped.is_err());
    drop(open);
    let spans = fixture.account.closed();
    assert_eq!((spans.ended, spans.exported), (3, 0));
    assert_eq!((spans.dropped, spans.unsent, spans.open), (3, 3, 1));
}

/// As a sampler that only wants to see spans says.
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
fn spans_that_are_not_sampled_are_nobody_s_business() {
    let fixture = Fixture::new(8, Duration::ZERO, RecordOnly);
    fixture.end_spans(3);
    assert!(fixture.provider.shutdown().is_ok());
    assert_eq!(fixture.account.closed(), crate::telemetry::Spans::default());
    assert!(fixture.batches.try_recv().is_err());
}
