//! The layer for programs that use the crate `tracing`.

use opentelemetry::trace::TracerProvider as _;
use tracing_core::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::LookupSpan;

use crate::telemetry::Telemetry;

/// The targets of warnings about telemetry itself: they are no part of the program's traces.
const OWN_TARGETS: [&str; 2] = ["opentelemetry", "traced-worker"];

#[cfg_attr(docsrs, doc(cfg(feature = "tracing")))]
impl Telemetry {
    /// Returns a layer that makes spans of the crate `tracing` spans of this telemetry.
    ///
    /// It leaves out the events of OpenTelemetry's internal log, which other layers still get.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use tracing_subscriber::prelude::*;
    ///
    /// let telemetry = traced_worker_telemetry::init()?;
    /// tracing_subscriber::registry()
    ///     .with(telemetry.tracing_layer())
    ///     .with(tracing_subscriber::fmt::layer())
    ///     .init();
    /// tracing::info_span!("process_data").in_scope(|| { /* work */ });
    /// # Ok::<(), traced_worker_telemetry::InitError>(())
    /// ```
    #[must_use]
    pub fn tracing_layer<S>(&self) -> impl Layer<S> + Send + Sync + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
    {
        let tracer = self.tracer_provider().tracer("tracing");
        tracing_opentelemetry::layer()
            .with_tracer(tracer)
            .with_filter(filter_fn(|metadata| {
                let target = metadata.target();
                !OWN_TARGETS.iter().any(|own| target.starts_with(own))
            }))
    }
}
