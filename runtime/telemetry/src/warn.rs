//! Warnings to the user.

use opentelemetry::otel_warn;
use tracing_core::dispatcher;
use tracing_core::subscriber::NoSubscriber;

/// Writes a warning to OpenTelemetry's internal log, or to stderr where this thread has no `tracing`
/// subscriber: OpenTelemetry specification, "Error handling", "Self-diagnostics".
pub(crate) fn warn(message: &str) {
    // `has_been_set` is true since an exporter's thread has none for its own.
    let is_heard = dispatcher::get_default(|subscriber| !subscriber.is::<NoSubscriber>());
    if cfg!(feature = "internal-logs") && is_heard {
        otel_warn!(name: "Telemetry.Warning", message = message);
    } else {
        eprintln!("traced-worker-telemetry: {message}");
    }
}
