//! The options that are set in code. Everything else comes from the environment.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry::global;
use opentelemetry::propagation::{TextMapCompositePropagator, TextMapPropagator};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider, SpanProcessor};

use crate::counts::{Counters, CountingProcessor};
use crate::environment::{self, Limits, Otlp, Propagator};
#[cfg(feature = "otlp")]
use crate::environment::{Collector, Settings};
use crate::error::InitError;
use crate::lost::LostSpans;
use crate::resource::resource;
use crate::telemetry::Telemetry;
use crate::warn::warn;

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
    strict: bool,
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

    /// Makes each environment variable with an invalid value an error.
    ///
    /// By default it is warned of and ignored, as OpenTelemetry specifies: a program does not fail
    /// because of its telemetry. This is for tests, and for programs that are to fail early.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// let telemetry = traced_worker_telemetry::builder().strict(true).init()?;
    /// # Ok::<(), traced_worker_telemetry::InitError>(())
    /// ```
    pub fn strict(mut self, strict: bool) -> Self {
        self.strict = strict;
        self
    }

    /// Sets the SDK up, makes it the global tracer provider, and sets the global propagator.
    ///
    /// # Errors
    ///
    /// Returns an error if the thread that draws traces cannot be started; and if an environment
    /// variable has an invalid value, or the exporter cannot be made, and [`strict`](Self::strict) is
    /// set.
    pub fn init(self) -> Result<Telemetry, InitError> {
        let (settings, warnings) = environment::read(|name| std::env::var_os(name));
        if self.strict && !warnings.is_empty() {
            return Err(InitError::Environment(warnings));
        }
        for warning in &warnings {
            warn(&format!("{warning}. The value is ignored."));
        }
        let Some(settings) = settings else {
            return Ok(Telemetry::new(None, None, Arc::default(), warnings));
        };
        let counters = Arc::new(Counters::new(!matches!(settings.exporters.otlp, Otlp::Off)));
        // The exporter comes first: a terminal that takes no output must not delay it.
        let mut processors: Vec<Box<dyn SpanProcessor>> = Vec::new();
        let endpoint = match settings.exporters.otlp {
            Otlp::Off => None,
            #[cfg(feature = "otlp")]
            Otlp::To(ref collector) => {
                processors.push(self.exporter(collector, &settings, &counters)?);
                Some(collector.address())
            }
            Otlp::Unavailable(ref reason) => {
                processors.push(Box::new(LostSpans::new(reason.clone(), &counters)));
                None
            }
        };
        #[cfg(feature = "waterfall")]
        if settings.exporters.console {
            let waterfall = self.waterfall.build().map_err(InitError::Thread)?;
            processors.push(Box::new(waterfall));
        }
        let resource = resource(self.service, settings.resource);
        let provider = provider(
            settings.sampler,
            settings.limits,
            resource,
            processors,
            &counters,
        );
        set_propagators(&settings.propagators);
        global::set_tracer_provider(provider.clone());
        Ok(Telemetry::new(Some(provider), endpoint, counters, warnings))
    }

    #[cfg(feature = "otlp")]
    fn exporter(
        &self,
        collector: &Collector,
        settings: &Settings,
        counters: &Arc<Counters>,
    ) -> Result<Box<dyn SpanProcessor>, InitError> {
        let reason = match crate::otlp::Exporter::start(collector) {
            Ok(exporter) => {
                let (batch, timeout) = (settings.batch, self.exporter_timeout);
                let processor = crate::batch::batch_processor(exporter, counters, batch, timeout);
                return Ok(Box::new(processor));
            }
            Err(reason) => reason,
        };
        let error = InitError::Exporter {
            collector: collector.to_string(),
            reason,
        };
        if self.strict {
            return Err(error);
        }
        let reason = error.to_string();
        warn(&reason);
        Ok(Box::new(LostSpans::new(reason, counters)))
    }
}

/// All that the SDK would read from the environment is set.
fn provider(
    sampler: Sampler,
    limits: Limits,
    resource: Resource,
    processors: Vec<Box<dyn SpanProcessor>>,
    counters: &Arc<Counters>,
) -> SdkTracerProvider {
    let mut builder = SdkTracerProvider::builder()
        .with_resource(resource)
        .with_sampler(sampler)
        .with_max_attributes_per_span(limits.attributes)
        .with_max_events_per_span(limits.events)
        .with_max_links_per_span(limits.links)
        .with_max_attributes_per_event(limits.event_attributes)
        .with_max_attributes_per_link(limits.link_attributes);
    if !processors.is_empty() {
        let counting = CountingProcessor::new(processors, Arc::clone(counters));
        builder = builder.with_span_processor(counting.with_value_length(limits.value_length));
    }
    builder.build()
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
