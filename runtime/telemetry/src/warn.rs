//! Warnings to the user.

use opentelemetry::otel_warn;
use tracing_core::dispatcher;

/// Writes a warning to OpenTelemetry's internal log, or to stderr where no `tracing` subscriber was
/// ever set: OpenTelemetry specification, "Error handling", "Self-diagnostics".
pub(crate) fn warn(message: &str) {
    if cfg!(feature = "internal-logs") && dispatcher::has_been_set() {
        otel_warn!(name: "Telemetry.Warning", message = message);
    } else {
        eprintln!("traced-worker-telemetry: {message}");
    }
}
