//! OTLP over http/protobuf.

use opentelemetry_otlp::SpanExporter;

use super::environment::Endpoint;
use super::error::InitError;

/// The exporter, which reads the endpoint, headers and time-out from the environment by itself.
///
/// It makes its blocking HTTP client on a thread of its own, so this may be called from inside an
/// async runtime.
pub(super) fn exporter(endpoint: &Endpoint) -> Result<SpanExporter, InitError> {
    SpanExporter::builder()
        .with_http()
        .build()
        .map_err(|error| InitError::Exporter {
            variable: endpoint.variable,
            value: endpoint.value.clone(),
            reason: error.to_string(),
        })
}
