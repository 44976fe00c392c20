//! Flush and close, over the SDK's batch processor.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use opentelemetry::trace::{Tracer as _, TracerProvider as _};
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter};

use super::{FlushError, ShutdownError, Telemetry};

const LONG: Duration = Duration::from_secs(20);

/// Takes its time, then takes the spans or refuses them.
#[derive(Debug, Default)]
struct Exporter {
    taken: Arc<AtomicUsize>,
    refuses: bool,
    takes: Duration,
}

impl SpanExporter for Exporter {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        thread::sleep(self.takes);
        if self.refuses {
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
    Telemetry::new(Some(provider), Some("THE_VARIABLE"))
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
    assert!(telemetry.close(LONG).is_ok());
    assert_eq!(taken.load(Ordering::Relaxed), 1);
    assert!(matches!(
        telemetry.close(LONG),
        Err(ShutdownError::AlreadyShutdown)
    ));
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
    let error = telemetry.close(LONG).expect_err("refused");
    assert_eq!(
        error.to_string(),
        "at shutdown, spans were lost: refused (is a collector running where THE_VARIABLE says?)"
    );
}

#[test]
fn closing_waits_no_longer_than_it_is_told() {
    let telemetry = with_a_span(Exporter {
        takes: Duration::from_secs(3),
        ..Exporter::default()
    });
    let started = Instant::now();
    let error = telemetry
        .close(Duration::from_millis(50))
        .expect_err("too slow");
    assert!(
        matches!(error, ShutdownError::Flush(FlushError::TimedOut(_))),
        "{error:?}"
    );
    assert!(started.elapsed() < Duration::from_secs(2));
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
    let telemetry = Telemetry::new(None, None);
    assert!(telemetry.flush().is_ok() && telemetry.close(LONG).is_ok());
    assert!(matches!(
        telemetry.close(LONG),
        Err(ShutdownError::AlreadyShutdown)
    ));
}
