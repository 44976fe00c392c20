//! OTLP over gRPC, on a Tokio runtime of its own: the program needs none.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry_otlp::SpanExporter as Tonic;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use tokio::runtime::{Builder, Handle};
use tokio::sync::mpsc;

/// An exporter with a thread that drives the connection, also between two exports.
#[derive(Debug)]
pub(super) struct Exporter {
    tonic: Arc<Tonic>,
    runtime: Handle,
    /// The thread ends when this is dropped.
    _running: mpsc::Sender<()>,
}

impl Exporter {
    pub(super) fn start() -> Result<Self, String> {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| error.to_string())?;
        let handle = runtime.handle().clone();
        let tonic = {
            // The channel connects when it is first used, on the runtime that is entered here.
            let _inside = handle.enter();
            Tonic::builder()
                .with_tonic()
                .build()
                .map_err(|error| error.to_string())?
        };
        let (running, mut stopped) = mpsc::channel(1);
        std::thread::Builder::new()
            .name("telemetry-grpc".into())
            .spawn(move || {
                // Nothing is ever sent: this waits until the sender is dropped.
                runtime.block_on(stopped.recv());
            })
            .map_err(|error| error.to_string())?;
        Ok(Self {
            tonic: Arc::new(tonic),
            runtime: handle,
            _running: running,
        })
    }
}

impl SpanExporter for Exporter {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let tonic = Arc::clone(&self.tonic);
        self.runtime
            .spawn(async move { tonic.export(batch).await })
            .await
            .unwrap_or_else(|error| Err(OTelSdkError::InternalFailure(error.to_string())))
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.tonic.shutdown_with_timeout(timeout)
    }

    fn shutdown(&self) -> OTelSdkResult {
        self.tonic.shutdown()
    }

    fn set_resource(&mut self, resource: &Resource) {
        // Set once, before the first export shares it.
        if let Some(tonic) = Arc::get_mut(&mut self.tonic) {
            tonic.set_resource(resource);
        }
    }
}
