//! The options that are set in code. Everything else comes from the environment.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry::global;
use opentelemetry::propagation::{TextMapCompositePropagator, TextMapPropagator};
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanProcessor};

use crate::counts::{Counters, CountingProcessor};
use crate::environment::{self, Collector, Propagator, Settings};
use crate::error::InitError;
use crate::resource::resource;
use crate::telemetry::Telemetry;

/// Configures and sets up telemetry: made by [`builder`](crate::builder()).
///
/// # Examples
///
/// ```no_run
/// use std::time::Duration;
///
/// let telemetry = traced_worker_telemetry::builder()
///     .service_name("hashing")
///     .wait_for_exporter(Duration::from_secs(2))
///     .init()?;
/// # Ok::<(), traced_worker_telemetry::InitError>(())
/// ```
#[derive(Debug, Default)]
#[must_use = "a builder does nothing until `init` is called"]
pub struct Builder {
    service: Option<Cow<'static, str>>,
    exporter_timeout: Duration,
    #[cfg(feature = "waterfall")]
    waterfall: traced_worker_waterfall::WaterfallBuilder,
}

impl Builder {
    /// Names the service, unless `OTEL_SERVICE_NAME` or `OTEL_RESOURCE_ATTRIBUTES` does.
    pub fn service_name(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.service = Some(name.into());
        self
    }

    /// Makes a thread that ends a span wait while the export queue is full, for at most `timeout`.
    ///
    /// Without this a span that finds the queue full is dropped at once, as OpenTelemetry specifies:
    /// a thread never waits for a collector. With it, threads are slowed down to the speed of the
    /// export, and no span is dropped as long as the exporter takes the next batch within `timeout`.
    /// If it does not, each waiting thread waits for `timeout` once; after that no thread waits until
    /// the exporter has taken a batch.
    /// [`SpanCounts::dropped_queue_full`](crate::SpanCounts::dropped_queue_full) counts the dropped
    /// spans.
    ///
    /// This is for programs whose spans end on worker threads: a task of an async runtime that ends
    /// a span blocks its thread while it waits.
    pub fn wait_for_exporter(mut self, timeout: Duration) -> Self {
        self.exporter_timeout = timeout;
        self
    }

    /// Sets the SDK up, makes it the global tracer provider, and sets the global propagator.
    ///
    /// # Errors
    ///
    /// Returns an error if an environment variable has an invalid value, if it requires a feature
    /// that is not built in, or if the exporter or its thread cannot be made.
    pub fn init(self) -> Result<Telemetry, InitError> {
        let Some(settings) = environment::read(environment::variable)? else {
            return Ok(Telemetry::new(None, None, Arc::default()));
        };
        let collector = settings.exporters.otlp.as_ref().map(Collector::destination);
        let counters = Arc::new(Counters::new(collector.is_some()));
        let provider = self.provider(&settings, &counters)?;
        set_propagators(&settings.propagators);
        global::set_tracer_provider(provider.clone());
        Ok(Telemetry::new(Some(provider), collector, counters))
    }

    /// The SDK's builder reads the sampler and the limits from the environment by itself.
    fn provider(
        self,
        settings: &Settings,
        counters: &Arc<Counters>,
    ) -> Result<SdkTracerProvider, InitError> {
        // The exporter comes first: a terminal that takes no output must not delay it.
        let mut processors: Vec<Box<dyn SpanProcessor>> = Vec::new();
        if let Some(collector) = &settings.exporters.otlp {
            let (queue_size, timeout) = (settings.queue_size, self.exporter_timeout);
            processors.push(exporter(collector, counters, queue_size, timeout)?);
        }
        #[cfg(feature = "waterfall")]
        if settings.exporters.console {
            let waterfall = self.waterfall.build().map_err(InitError::Thread)?;
            processors.push(Box::new(waterfall));
        }
        let mut builder = SdkTracerProvider::builder().with_resource(resource(self.service));
        if !processors.is_empty() {
            let counting = CountingProcessor::new(processors, Arc::clone(counters));
            builder = builder.with_span_processor(counting);
        }
        Ok(builder.build())
    }
}

#[cfg(feature = "waterfall")]
#[cfg_attr(docsrs, doc(cfg(feature = "waterfall")))]
impl Builder {
    /// Draws traces on `writer` instead of stderr. Each trace is one `write_all` followed by
    /// `flush`.
    ///
    /// The output has no colors unless [`waterfall_color`](Self::waterfall_color) is set. Its width
    /// is `COLUMNS`, or 100 without that variable, unless
    /// [`waterfall_width`](Self::waterfall_width) is set.
    pub fn waterfall_to(mut self, writer: impl std::io::Write + Send + 'static) -> Self {
        self.waterfall = self.waterfall.writer(writer);
        self
    }

    /// Draws traces this many columns wide. A width below 20 counts as 20.
    pub fn waterfall_width(mut self, columns: usize) -> Self {
        self.waterfall = self.waterfall.width(columns);
        self
    }

    /// Turns the colors of the waterfall on or off, whatever the stream and the environment are.
    pub fn waterfall_color(mut self, color: bool) -> Self {
        self.waterfall = self.waterfall.color(color);
        self
    }
}

/// Sets the global propagator, unless the list is empty.
fn set_propagators(propagators: &[Propagator]) {
    if propagators.is_empty() {
        return;
    }
    let boxed = propagators
        .iter()
        .map(|propagator| -> Box<dyn TextMapPropagator + Send + Sync> {
            match propagator {
                Propagator::TraceContext => Box::new(TraceContextPropagator::new()),
                Propagator::Baggage => Box::new(BaggagePropagator::new()),
            }
        });
    global::set_text_map_propagator(TextMapCompositePropagator::new(boxed.collect()));
}

#[cfg(feature = "otlp")]
fn exporter(
    collector: &Collector,
    counters: &Arc<Counters>,
    queue_size: usize,
    timeout: Duration,
) -> Result<Box<dyn SpanProcessor>, InitError> {
    crate::otlp::exporter(collector, counters, queue_size, timeout)
        .map(|processor| Box::new(processor) as _)
}

#[cfg(not(feature = "otlp"))]
fn exporter(
    collector: &Collector,
    _counters: &Arc<Counters>,
    _queue_size: usize,
    _timeout: Duration,
) -> Result<Box<dyn SpanProcessor>, InitError> {
    Err(InitError::NotBuiltIn {
        variable: collector.variable().name,
        value: collector.variable().value.clone(),
        feature: "otlp",
    })
}
