//! Tests of flush and shutdown, over the SDK's batch processor.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use opentelemetry::trace::{Tracer as _, TracerProvider as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider, SpanData};

use super::{State, Telemetry};
use crate::batch::{Deliver, Delivery, batch_processor};
use crate::counts::{Counters, CountingProcessor};
use crate::error::FlushError;
use crate::settings::Batch;

const LONG: Duration = Duration::from_secs(20);

/// The batches that the exporter exports.
#[derive(Clone, Copy, Debug)]
enum Exports {
    All,
    /// All but the first batch.
    AllButFirst,
    Nothing,
    /// It never returns.
    Blocks,
    Panics,
}

#[derive(Debug)]
struct Exporter {
    exports: Exports,
    seen: AtomicUsize,
    exported: Arc<AtomicUsize>,
}

impl Deliver for Exporter {
    async fn deliver(&self, batch: Vec<SpanData>) -> Delivery {
        let is_first = self.seen.fetch_add(1, Ordering::Relaxed) == 0;
        match self.exports {
            Exports::All => {}
            Exports::AllButFirst if !is_first => {}
            Exports::AllButFirst | Exports::Nothing => {
                return Delivery::failed(batch.len(), "refused".into());
            }
            Exports::Blocks => loop {
                thread::park();
            },
            Exports::Panics => std::panic::resume_unwind(Box::new("on purpose")),
        }
        self.exported.fetch_add(batch.len(), Ordering::Relaxed);
        Delivery {
            exported: batch.len(),
            ..Delivery::default()
        }
    }

    fn set_resource(&mut self, _: &Resource) {}
}

struct Fixture {
    provider: SdkTracerProvider,
    telemetry: Telemetry,
    exported: Arc<AtomicUsize>,
}

impl Fixture {
    /// Telemetry with one span that has ended.
    fn new(exports: Exports) -> Self {
        let exported = Arc::default();
        let exporter = Exporter {
            exports,
            seen: AtomicUsize::new(0),
            exported: Arc::clone(&exported),
        };
        let counters = Arc::new(Counters::new(true));
        // The batch is exported by a flush only, whatever the environment is.
        let batch = Batch {
            queue_size: 2048,
            export_size: 512,
            delay: Duration::from_secs(3600),
        };
        let batch = batch_processor(exporter, &counters, batch, Duration::ZERO);
        let counting = CountingProcessor::new(vec![Box::new(batch)], Arc::clone(&counters));
        let provider = SdkTracerProvider::builder()
            .with_sampler(Sampler::AlwaysOn)
            .with_span_processor(counting)
            .build();
        let fixture = Self {
            telemetry: Telemetry::new(provider.clone(), None, counters, Vec::new(), Vec::new()),
            provider,
            exported,
        };
        drop(fixture.start());
        fixture
    }

    fn start(&self) -> opentelemetry_sdk::trace::Span {
        self.provider.tracer("test").start("span")
    }

    fn exported(&self) -> usize {
        self.exported.load(Ordering::Relaxed)
    }
}

#[test]
fn a_flush_exports_and_may_be_repeated() {
    let fixture = Fixture::new(Exports::All);
    assert_eq!(fixture.telemetry.flush(), Ok(()));
    assert_eq!(fixture.telemetry.flush(), Ok(()));
    assert_eq!(fixture.exported(), 1);
}

#[test]
fn a_shutdown_exports_once_and_the_second_report_is_repeated() {
    let fixture = Fixture::new(Exports::All);
    let telemetry = &fixture.telemetry;
    let (first, second) = (telemetry.shutdown(LONG), telemetry.clone().shutdown(LONG));
    assert!(first.is_clean() && !first.repeated, "{first}");
    assert!(second.repeated);
    assert_eq!(
        (first.spans, second.spans),
        (telemetry.spans(), first.spans)
    );
    assert_eq!(fixture.exported(), 1);
    assert_eq!(telemetry.flush(), Err(FlushError::AlreadyShutdown));
}

#[test]
fn a_failed_export_is_reported() {
    let telemetry = Fixture::new(Exports::Nothing).telemetry;
    let first = telemetry.shutdown_now(LONG);
    let error = first.flush_error.clone().expect("refused");
    assert_eq!(error.to_string(), "spans were lost: refused");
    assert!(!first.is_clean());
    assert_eq!(telemetry.shutdown_now(LONG).flush_error, Some(error));
}

#[test]
fn a_failed_batch_is_reported_even_if_a_later_one_was_exported() {
    let fixture = Fixture::new(Exports::AllButFirst);
    for _ in 0..512 {
        drop(fixture.start());
    }
    // The batch processor may have begun by itself, before the flush could count failures.
    let _ = fixture.telemetry.flush();
    let spans = fixture.telemetry.spans();
    assert_eq!(spans.dropped_export_failed + spans.exported, 513);
    assert!(
        spans.dropped_export_failed > 0 && spans.exported > 0,
        "{spans}"
    );
}

#[test]
fn an_exporter_that_panics_is_an_error_and_exports_again() {
    let fixture = Fixture::new(Exports::Panics);
    for lost in 1..=2 {
        let error = fixture.telemetry.flush().expect_err("it panicked");
        assert!(
            error.to_string().contains("the exporter panicked"),
            "{error}"
        );
        assert_eq!(fixture.telemetry.spans().dropped_export_failed, lost);
        drop(fixture.start());
    }
    let report = fixture.telemetry.shutdown(LONG);
    assert!(report.to_string().contains("panicked"), "{report}");
    assert_eq!((report.spans.ended, report.spans.dropped), (3, 3));
}

#[test]
fn a_shutdown_takes_no_longer_than_its_timeout() {
    // It ends although the exporter never does, or this test does not end.
    for shutdown in [Telemetry::shutdown, Telemetry::shutdown_now] {
        let fixture = Fixture::new(Exports::Blocks);
        let open = fixture.start();
        let report = shutdown(&fixture.telemetry, Duration::from_millis(50));
        assert!(
            matches!(report.flush_error, Some(FlushError::TimedOut(_))),
            "{report}"
        );
        assert_eq!(
            (report.spans.dropped_at_shutdown, report.spans.open),
            (1, 1)
        );
        drop(open);
    }
}

#[test]
fn a_shutdown_during_another_one_waits_no_longer_than_its_own_timeout() {
    let telemetry = Fixture::new(Exports::All).telemetry;
    *telemetry.0.state() = State::ShuttingDown;
    let report = telemetry.shutdown(Duration::ZERO);
    assert!(report.repeated);
    assert_eq!(
        report.flush_error,
        Some(FlushError::TimedOut(Duration::ZERO))
    );
}

#[test]
fn an_open_span_is_waited_for_and_exported() {
    let fixture = Fixture::new(Exports::All);
    let open = fixture.start();
    let telemetry = fixture.telemetry.clone();
    let thread = thread::spawn(move || telemetry.shutdown(LONG));
    while fixture.telemetry.0.counters.waiters() == 0 {
        thread::yield_now();
    }
    drop(open);
    let report = thread.join().expect("no panic");
    assert!(report.is_clean(), "{report}");
    assert_eq!(report.spans.exported, 2);
}

#[test]
fn open_spans_are_waited_for_until_the_timeout_and_counted() {
    let fixture = Fixture::new(Exports::All);
    let open = [fixture.start(), fixture.start()];
    for timeout in [Duration::ZERO, Duration::from_millis(20)] {
        assert_eq!(fixture.telemetry.wait_for_open_spans(timeout), 2);
    }
    let report = fixture.telemetry.shutdown_now(LONG);
    assert_eq!((report.spans.exported, report.spans.open), (1, 2));
    // Their ends are not counted any more.
    assert_eq!(fixture.telemetry.wait_for_open_spans(LONG), 2);
    drop(open);
}

#[test]
fn dropping_the_last_handle_exports() {
    let Fixture {
        telemetry,
        exported,
        ..
    } = Fixture::new(Exports::All);
    let clone = telemetry.clone();
    drop(telemetry);
    assert_eq!(exported.load(Ordering::Relaxed), 0);
    drop(clone);
    assert_eq!(exported.load(Ordering::Relaxed), 1);
}

#[test]
fn telemetry_may_be_shared_by_threads() {
    fn assert<T: Clone + Send + Sync + 'static>() {}
    assert::<Telemetry>();
}

#[test]
fn telemetry_without_a_processor_is_always_clean() {
    let provider = SdkTracerProvider::builder().build();
    let telemetry = Telemetry::new(provider, None, Arc::default(), Vec::new(), Vec::new());
    assert_eq!(telemetry.flush(), Ok(()));
    assert_eq!(telemetry.wait_for_open_spans(LONG), 0);
    assert!(telemetry.shutdown(LONG).is_clean());
    assert!(telemetry.shutdown(LONG).repeated);
}
