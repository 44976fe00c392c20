//! The SDK, with time-outs that hold.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::SdkTracerProvider;

use super::FlushError;

/// How long the SDK waits for a flush, for each processor.
const SDK_FLUSH: Duration = Duration::from_secs(5);

/// The SDK that was set up.
#[derive(Debug)]
pub(super) struct Sdk {
    /// None where the environment says that nothing is to be recorded.
    provider: Option<SdkTracerProvider>,
    /// The variable that named the collector.
    collector: Option<&'static str>,
}

impl Sdk {
    pub(super) fn new(
        provider: Option<SdkTracerProvider>,
        collector: Option<&'static str>,
    ) -> Self {
        Self {
            provider,
            collector,
        }
    }

    /// Waits until what has ended is delivered: no longer than the SDK does.
    pub(super) fn flush(&self, timeout: Duration) -> Result<(), FlushError> {
        self.on_a_thread(timeout.min(SDK_FLUSH), SdkTracerProvider::force_flush)
    }

    pub(super) fn stop(&self, timeout: Duration) -> Result<(), FlushError> {
        let stopped = self.on_a_thread(timeout, move |provider| {
            provider.shutdown_with_timeout(timeout)
        });
        match stopped {
            Err(FlushError::Failed(reason)) => Err(FlushError::Failed(format!(
                "the exporter did not stop: {reason}"
            ))),
            other => other,
        }
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
            Ok(Err(error)) if timed_out(&error) => Err(FlushError::TimedOut(timeout)),
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

    pub(super) fn explain(&self, reason: &str) -> String {
        // The provider wraps what its one processor says.
        let bare = reason
            .strip_prefix("errs: [Err(InternalFailure(\"")
            .and_then(|rest| rest.strip_suffix("\"))]"))
            .or_else(|| reason.strip_prefix("Operation failed: "))
            .unwrap_or(reason);
        match self.collector {
            Some(variable) => {
                format!("{bare} (is a collector running where {variable} says?)")
            }
            None => bare.to_owned(),
        }
    }
}

/// Whether a time-out is all that went wrong; the provider wraps what its processors say in text.
fn timed_out(error: &OTelSdkError) -> bool {
    match error {
        OTelSdkError::Timeout(_) => true,
        OTelSdkError::InternalFailure(text) => {
            text.contains("Timeout(") && !text.contains("InternalFailure(")
        }
        OTelSdkError::AlreadyShutdown => false,
    }
}
