//! What the program holds on to while it is observed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::SdkTracerProvider;

use super::error::{FlushError, ShutdownError};
use crate::pool::{Drain, Report};

/// How long `drop` waits for the last spans.
const AT_DROP: Duration = Duration::from_secs(5);

/// How long a flush may take; the SDK gives its own flush 5 s for each processor.
const FLUSH: Duration = Duration::from_secs(6);

/// The telemetry that [`init`](super::init) set up.
///
/// The global tracer provider is never dropped, so nothing would be flushed at the end of the
/// program by itself: this holds the provider and flushes it when it is dropped.
#[derive(Debug)]
#[must_use = "dropping this ends the telemetry: keep it until the program ends"]
pub struct Telemetry {
    /// None where the environment says that nothing is to be recorded.
    provider: Option<SdkTracerProvider>,
    /// The variable that named the collector.
    endpoint: Option<&'static str>,
    closed: AtomicBool,
}

impl Telemetry {
    pub(super) fn new(provider: Option<SdkTracerProvider>, endpoint: Option<&'static str>) -> Self {
        Self {
            provider,
            endpoint,
            closed: AtomicBool::new(false),
        }
    }

    /// Draws or exports every span that has ended by now, and waits until that is done.
    ///
    /// # Errors
    ///
    /// Where an export failed, took too long, or telemetry was shut down before.
    pub fn flush(&self) -> Result<(), FlushError> {
        if self.closed.load(Ordering::Acquire) {
            return Err(FlushError::AlreadyShutdown);
        }
        self.flush_within(FLUSH)
    }

    /// Shuts the pools down, then flushes and shuts the SDK down, all by `deadline` from now: the
    /// order in which no span is lost.
    ///
    /// Intake stops, what was accepted is drained, its spans end; only then are they flushed.
    /// Says what became of the messages.
    ///
    /// # Errors
    ///
    /// Where the last spans could not be drawn or exported, or telemetry was shut down before.
    /// The pools are shut down all the same.
    ///
    /// # Example
    ///
    /// ```
    /// use std::time::Duration;
    /// use traced_worker::traced_worker;
    ///
    /// #[traced_worker]
    /// fn process(number: u32) -> u32 {
    ///     number
    /// }
    ///
    /// let telemetry = traced_worker::telemetry::init()?;
    /// let pool = process::pool().start()?;
    /// pool.send(7)?;
    /// let report = telemetry.shutdown(pool, Duration::from_secs(5))?;
    /// assert_eq!(report.completed, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn shutdown(&self, pools: impl Drain, deadline: Duration) -> Result<Report, ShutdownError> {
        let start = Instant::now();
        let report = pools.drain(deadline);
        self.close(deadline.saturating_sub(start.elapsed()))?;
        Ok(report)
    }

    /// Flushes, then shuts the SDK down; once.
    ///
    /// The flush comes first because the batch processor's shutdown says `Ok` even when its last
    /// export failed.
    pub(crate) fn close(&self, timeout: Duration) -> Result<(), ShutdownError> {
        if self.closed.swap(true, Ordering::AcqRel) {
            return Err(ShutdownError::AlreadyShutdown);
        }
        let start = Instant::now();
        let flushed = self.flush_within(timeout);
        let left = timeout.saturating_sub(start.elapsed());
        let stopped = self.on_a_thread(left, move |provider| provider.shutdown_with_timeout(left));
        flushed.map_err(ShutdownError::Flush)?;
        match stopped {
            Ok(()) => Ok(()),
            Err(FlushError::AlreadyShutdown) => Err(ShutdownError::AlreadyShutdown),
            Err(error) => Err(ShutdownError::Failed(error.to_string())),
        }
    }

    fn flush_within(&self, timeout: Duration) -> Result<(), FlushError> {
        self.on_a_thread(timeout, SdkTracerProvider::force_flush)
    }

    /// The SDK's own time-outs are fixed or count for each processor in turn; waiting for another
    /// thread keeps to ours.
    fn on_a_thread(
        &self,
        timeout: Duration,
        work: impl FnOnce(&SdkTracerProvider) -> OTelSdkResult + Send + 'static,
    ) -> Result<(), FlushError> {
        let Some(provider) = self.provider.clone() else {
            return Ok(());
        };
        let (done, result) = mpsc::sync_channel(1);
        thread::Builder::new()
            .name("telemetry-flush".into())
            .spawn(move || {
                // Nobody listens any more once the time is up.
                let _ = done.send(work(&provider));
            })
            .map_err(|error| FlushError::Failed(format!("no thread to flush on: {error}")))?;
        match result.recv_timeout(timeout) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(OTelSdkError::AlreadyShutdown)) => Err(FlushError::AlreadyShutdown),
            Ok(Err(OTelSdkError::Timeout(after))) => Err(FlushError::TimedOut(after)),
            Ok(Err(OTelSdkError::InternalFailure(reason))) => {
                Err(FlushError::Failed(self.explain(&reason)))
            }
            Err(RecvTimeoutError::Timeout) => Err(FlushError::TimedOut(timeout)),
            Err(RecvTimeoutError::Disconnected) => {
                Err(FlushError::Failed("the exporter panicked".into()))
            }
        }
    }

    fn explain(&self, reason: &str) -> String {
        // The provider wraps what its one processor says.
        let bare = reason
            .strip_prefix("errs: [Err(InternalFailure(\"")
            .and_then(|rest| rest.strip_suffix("\"))]"))
            .unwrap_or(reason);
        match self.endpoint {
            Some(variable) => {
                format!("{bare} (is a collector running where {variable} says?)")
            }
            None => bare.to_owned(),
        }
    }
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        // A destructor has nobody to tell.
        let _ = self.close(AT_DROP);
    }
}

#[cfg(test)]
mod tests;
