//! OTLP over http/protobuf and, where that is built in, over gRPC.

#[cfg(feature = "otlp-grpc")]
mod grpc;

use std::sync::Arc;
use std::time::Duration;

use opentelemetry_otlp::{Protocol as Wire, SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::trace::BatchConfigBuilder;

use crate::batch::{BoundedProcessor, batch_processor};
use crate::counts::Counters;
use crate::environment::{Collector, Protocol};
use crate::error::InitError;

/// Returns a processor that exports to the collector in batches.
///
/// The exporter reads the endpoint, headers, compression and timeout from the environment by
/// itself, and the batch configuration does, too.
pub(crate) fn exporter(
    collector: &Collector,
    counters: &Arc<Counters>,
    queue_size: usize,
    timeout: Duration,
) -> Result<BoundedProcessor, InitError> {
    let failed = |reason: String| InitError::Exporter {
        variable: collector.variable().name,
        value: collector.variable().value.clone(),
        reason,
    };
    let config = BatchConfigBuilder::default();
    match collector.protocol {
        Protocol::HttpProtobuf => {
            let exporter = http().map_err(failed)?;
            Ok(batch_processor(
                exporter, counters, config, queue_size, timeout,
            ))
        }
        #[cfg(feature = "otlp-grpc")]
        Protocol::Grpc => {
            let exporter = grpc::Exporter::start().map_err(failed)?;
            Ok(batch_processor(
                exporter, counters, config, queue_size, timeout,
            ))
        }
    }
}

/// The client is made on a thread of its own, so this may be called inside an async runtime.
fn http() -> Result<SpanExporter, String> {
    SpanExporter::builder()
        .with_http()
        .with_protocol(Wire::HttpBinary)
        .build()
        .map_err(|error| error.to_string())
}
