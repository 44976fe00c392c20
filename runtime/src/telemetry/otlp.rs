//! OTLP: over http/protobuf, and over gRPC where that is built in.

use std::sync::Arc;
use std::time::Duration;

use super::account::Account;
use super::counted::Counted;
use super::environment::{Collector, Protocol};
use super::error::InitError;
use super::pipeline::{self, Gated};
use opentelemetry_otlp::{Protocol as Wire, SpanExporter, WithExportConfig as _};

/// Exports to the collector, in batches.
///
/// The exporter reads endpoint, headers, compression and time-out from the environment by itself.
pub(super) fn exporting(
    collector: &Collector,
    account: &Arc<Account>,
    queue: usize,
    patience: Duration,
) -> Result<Counted<Gated>, InitError> {
    let failed = |reason: String| InitError::Exporter {
        variable: collector.variable().name,
        value: collector.variable().value.clone(),
        reason,
    };
    match collector.protocol {
        Protocol::HttpProtobuf => {
            let exporter = http().map_err(failed)?;
            Ok(pipeline::batching(exporter, account, queue, patience))
        }
        #[cfg(feature = "otlp-grpc")]
        Protocol::Grpc => {
            let exporter = super::grpc::Exporter::start().map_err(failed)?;
            Ok(pipeline::batching(exporter, account, queue, patience))
        }
    }
}

/// The client is made on a thread of its own, so this may be called from inside an async runtime.
fn http() -> Result<SpanExporter, String> {
    SpanExporter::builder()
        .with_http()
        .with_protocol(Wire::HttpBinary)
        .build()
        .map_err(|error| error.to_string())
}
