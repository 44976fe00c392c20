//! Flush and close, over the SDK's batch processor.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use opentelemetry::trace::{Tracer as _, TracerProvider as _};
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter};

use super::{FlushError, Telemetry, for_draining};

const LONG: Duration = Duration::from_secs(20);

/// Takes its time, then takes the spans or refuses them.
#[derive(Debug, Default)]
struct Exporter {
    taken: Arc<AtomicUsize>,
    refuses: bool,
    refuses_first: bool,
    seen: AtomicUsize,
    takes: Duration,
}

impl SpanExporter for Exporter {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        thread::sleep(self.takes);
        let is_first = self.seen.fetch_add(1, Ordering::Relaxed) == 0;
        if self.refuses || (self.refuses_first && is_first) {
            return Err(OTelSdkError::InternalFailure("refused".into()));
        }
        self.taken.fetch_add(batch.len(), Ordering::Relaxed);
        Ok(())
    }
}

/// Telemetry with one span that has ended.
fn with_a_span(exporter: Exporter) -> Telemetry {
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .build();
    drop(provider.tracer("test").start("span"));
    Telemetry::new(Some(provider), Some("THE_VARIABLE"), Arc::default())
}

#[test]
fn a_flush_exports_and_may_be_repeated() {
    let exporter = Exporter::default();
    let taken = Arc::clone(&exporter.taken);
    let telemetry = with_a_span(exporter);
    assert!(telemetry.flush().is_ok() && telemetry.flush().is_ok());
    assert_eq!(taken.load(Ordering::Relaxed), 1);
}

#[test]
fn closing_exports_once_and_the_second_time_says_so() {
    let exporter = Exporter::default();
    let taken = Arc::clone(&exporter.taken);
    let telemetry = with_a_span(exporter);
    let (first, again) = (telemetry.close(LONG), telemetry.close(LONG));
    assert_eq!(taken.load(Ordering::Relaxed), 1);
    assert_eq!((first.0.error, first.1), (None, false));
    assert_eq!((again.0.error, again.1), (None, true));
    assert!(matches!(
        telemetry.flush(),
        Err(FlushError::AlreadyShutdown)
    ));
}

#[test]
fn closing_reports_that_the_last_export_failed() {
    let telemetry = with_a_span(Exporter {
        refuses: true,
        ..Exporter::default()
    });
    let error = telemetry.close(LONG).0.error.expect("refused");
    assert_eq!(
        error.to_string(),
        "spans were lost: refused (is a collector running where THE_VARIABLE says?)"
    );
    // The second time is no better than the first.
    assert_eq!(telemetry.close(LONG).0.error, Some(error));
}

#[cfg(feature = "otlp")]
#[test]
fn a_batch_that_failed_is_reported_though_a_later_one_went_through() {
    let account = Arc::new(super::Account::new(false));
    let exporter = Exporter {
        refuses_first: true,
        ..Exporter::default()
    };
    let provider = SdkTracerProvider::builder()
        .with_span_processor(crate::telemetry::pipeline::batching(
            exporter,
            &account,
            2048,
            Duration::ZERO,
        ))
        .build();
    for _ in 0..513 {
        drop(provider.tracer("test").start("span"));
    }
    let telemetry = Telemetry::new(Some(provider), None, account);
    // The batch processor may have begun by itself, before there was a flush to tell.
    let _ = telemetry.flush();
    let spans = telemetry.spans();
    assert_eq!(spans.failed + spans.exported, 513);
    assert!(spans.failed > 0 && spans.exported > 0, "{spans}");
}

#[test]
fn closing_waits_no_longer_than_it_is_told() {
    let telemetry = with_a_span(Exporter {
        takes: Duration::from_hours(1),
        ..Exporter::default()
    });
    // It ends before the exporter does, or this test does not end.
    let error = telemetry.close(Duration::from_millis(50)).0.error;
    assert!(matches!(error, Some(FlushError::TimedOut(_))), "{error:?}");
}

#[test]
fn dropping_closes() {
    let exporter = Exporter::default();
    let taken = Arc::clone(&exporter.taken);
    drop(with_a_span(exporter));
    assert_eq!(taken.load(Ordering::Relaxed), 1);
}

#[test]
fn nothing_recorded_is_nothing_to_lose() {
    let telemetry = Telemetry::new(None, None, Arc::default());
    assert!(telemetry.flush().is_ok());
    assert_eq!(telemetry.close(LONG).0.error, None);
    assert!(telemetry.close(LONG).1);
}

#[test]
fn a_quarter_of_the_deadline_is_kept_for_the_flush() {
    let seconds = Duration::from_secs;
    assert_eq!(for_draining(seconds(8)), seconds(6));
    assert_eq!(for_draining(seconds(60)), seconds(55));
    assert_eq!(for_draining(Duration::ZERO), Duration::ZERO);
    assert!(for_draining(Duration::MAX) > Duration::MAX / 2);
}
