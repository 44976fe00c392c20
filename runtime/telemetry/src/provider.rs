//! A handle of the SDK's tracer provider with timeouts that hold.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::SdkTracerProvider;

use crate::error::FlushError;

/// The SDK's own timeout for a flush.
const SDK_FLUSH_TIMEOUT: Duration = Duration::from_secs(5);

/// The tracer provider.
#[derive(Debug)]
pub(crate) struct ProviderHandle {
    provider: SdkTracerProvider,
}

impl ProviderHandle {
    pub(crate) fn new(provider: SdkTracerProvider) -> Self {
        Self { provider }
    }

    pub(crate) fn get(&self) -> &SdkTracerProvider {
        &self.provider
    }

    /// Blocks until every ended span was delivered, or until `timeout` or the SDK's own has passed.
    pub(crate) fn flush(&self, timeout: Duration) -> Result<(), FlushError> {
        self.on_helper_thread(timeout.min(SDK_FLUSH_TIMEOUT), |provider| {
            provider.force_flush()
        })
    }

    /// Shuts the SDK down.
    pub(crate) fn stop(&self, timeout: Duration) -> Result<(), FlushError> {
        let stopped = self.on_helper_thread(timeout, move |provider| {
            provider.shutdown_with_timeout(timeout)
        });
        match stopped {
            Err(FlushError::Failed(reason)) => Err(FlushError::Failed(format!(
                "the exporter did not stop: {reason}"
            ))),
            other => other,
        }
    }

    /// Runs `work` on another thread and waits for it until `timeout` has passed: the SDK's own
    /// timeouts are fixed, or apply to one processor after the other. A panic is an error.
    fn on_helper_thread(
        &self,
        timeout: Duration,
        work: impl FnOnce(&SdkTracerProvider) -> OTelSdkResult + Send + 'static,
    ) -> Result<(), FlushError> {
        let provider = self.provider.clone();
        let (done, result) = mpsc::sync_channel(1);
        thread::Builder::new()
            .name("telemetry-flush".into())
            .spawn(move || {
                // The receiver is gone once the timeout has passed.
                let _ = done.send(work(&provider));
            })
            .map_err(|error| FlushError::Failed(format!("no thread to flush on: {error}")))?;
        match result.recv_timeout(timeout) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(OTelSdkError::AlreadyShutdown)) => Err(FlushError::AlreadyShutdown),
            Ok(Err(error)) if is_timeout(&error) => Err(FlushError::TimedOut(timeout)),
            Ok(Err(OTelSdkError::Timeout(after))) => Err(FlushError::TimedOut(after)),
            Ok(Err(OTelSdkError::InternalFailure(reason))) => {
                Err(FlushError::Failed(unwrapped(&reason).to_owned()))
            }
            Err(RecvTimeoutError::Timeout) => Err(FlushError::TimedOut(timeout)),
            Err(RecvTimeoutError::Disconnected) => {
                Err(FlushError::Failed("the exporter panicked".into()))
            }
        }
    }
}

/// Returns the reason without the text that the SDK wraps around it.
pub(crate) fn unwrapped(reason: &str) -> &str {
    // The provider has one processor, and formats the list of its results.
    reason
        .strip_prefix("errs: [Err(InternalFailure(\"")
        .and_then(|rest| rest.strip_suffix("\"))]"))
        .or_else(|| reason.strip_prefix("Operation failed: "))
        .unwrap_or(reason)
}

/// Returns whether only a timeout went wrong: the provider formats the errors of its processors.
fn is_timeout(error: &OTelSdkError) -> bool {
    match error {
        OTelSdkError::Timeout(_) => true,
        OTelSdkError::InternalFailure(text) => {
            text.contains("Timeout(") && !text.contains("InternalFailure(")
        }
        OTelSdkError::AlreadyShutdown => false,
    }
}
