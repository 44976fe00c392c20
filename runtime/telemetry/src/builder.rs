//! The options that are set in code. The environment takes precedence over them.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry::propagation::{TextMapCompositePropagator, TextMapPropagator};
use opentelemetry::{KeyValue, global};
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};
use opentelemetry_sdk::trace::{
    IdGenerator, ShouldSample, SpanExporter, SpanLimits, SpanProcessor,
};

use crate::batch::Whole;
use crate::counts::Counters;
use crate::error::InitError;
use crate::processor::processor;
use crate::set_up::CodeExporter;
use crate::settings::Propagator;
use crate::telemetry::Telemetry;

/// Configures and sets up telemetry: made by [`builder`](crate::builder()).
///
/// The environment, or the file that `OTEL_CONFIG_FILE` names, takes precedence over what is set here:
/// the operator of a program knows better.
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
    pub(crate) service: Option<Cow<'static, str>>,
    pub(crate) attributes: Vec<KeyValue>,
    pub(crate) sampler: Option<Box<dyn ShouldSample>>,
    pub(crate) limits: SpanLimits,
    pub(crate) value_length: Option<usize>,
    pub(crate) id_generator: Option<Box<dyn IdGenerator>>,
    pub(crate) processors: Vec<Box<dyn SpanProcessor>>,
    pub(crate) exporter: Option<CodeExporter>,
    pub(crate) exporter_timeout: Duration,
    pub(crate) strict: bool,
    #[cfg(feature = "waterfall")]
    pub(crate) waterfall: traced_worker_waterfall::WaterfallBuilder,
}

impl Builder {
    /// Names the service, unless `OTEL_SERVICE_NAME` or `OTEL_RESOURCE_ATTRIBUTES` does.
    pub fn service_name(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.service = Some(name.into());
        self
    }

    /// Adds attributes to the resource: `service.version`, `deployment.environment.name`.
    ///
    /// They take precedence over detected attributes, and `OTEL_RESOURCE_ATTRIBUTES` over them.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use opentelemetry::KeyValue;
    ///
    /// let telemetry = traced_worker_telemetry::builder()
    ///     .resource_attributes([KeyValue::new("service.version", env!("CARGO_PKG_VERSION"))])
    ///     .init()?;
    /// # Ok::<(), traced_worker_telemetry::InitError>(())
    /// ```
    pub fn resource_attributes(mut self, attributes: impl IntoIterator<Item = KeyValue>) -> Self {
        self.attributes.extend(attributes);
        self
    }

    /// Sets the sampler, unless `OTEL_TRACES_SAMPLER` does. By default it is parent-based, and samples
    /// every trace that begins here.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use opentelemetry_sdk::trace::Sampler;
    ///
    /// let tenth = Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(0.1)));
    /// let telemetry = traced_worker_telemetry::builder().sampler(tenth).init()?;
    /// # Ok::<(), traced_worker_telemetry::InitError>(())
    /// ```
    pub fn sampler(mut self, sampler: impl ShouldSample + 'static) -> Self {
        self.sampler = Some(Box::new(sampler));
        self
    }

    /// Sets the limits of one span, each unless its environment variable does.
    pub fn span_limits(mut self, limits: SpanLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets the most characters in a text among the attributes of a span, of its events and of its
    /// links, unless an environment variable does. By default there is no limit.
    pub fn attribute_value_length_limit(mut self, characters: usize) -> Self {
        self.value_length = Some(characters);
        self
    }

    /// Sets the generator of trace and span ids. By default they are random.
    pub fn id_generator(mut self, generator: impl IdGenerator + 'static) -> Self {
        self.id_generator = Some(Box::new(generator));
        self
    }

    /// Adds a span processor. It gets each sampled span after the exporter, and is flushed and shut
    /// down with it. Spans that it loses are not counted.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use opentelemetry_sdk::trace::{InMemorySpanExporter, SimpleSpanProcessor};
    ///
    /// let spans = InMemorySpanExporter::default();
    /// let telemetry = traced_worker_telemetry::builder()
    ///     .span_processor(SimpleSpanProcessor::new(spans.clone()))
    ///     .init()?;
    /// # Ok::<(), traced_worker_telemetry::InitError>(())
    /// ```
    pub fn span_processor(mut self, processor: impl SpanProcessor + 'static) -> Self {
        self.processors.push(Box::new(processor));
        self
    }

    /// Exports with `exporter` where spans would be exported over OTLP: in batches, from the same
    /// queue, counted as exported or lost.
    ///
    /// The variables for a collector are not read then. `OTEL_TRACES_EXPORTER` still chooses between
    /// this exporter (`otlp`, the default) and the terminal. A configuration file sets all exporters: with
    /// one this exporter is not used, which is warned of.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use opentelemetry_sdk::trace::InMemorySpanExporter;
    ///
    /// let exporter = InMemorySpanExporter::default();
    /// let telemetry = traced_worker_telemetry::builder().exporter(exporter).init()?;
    /// # Ok::<(), traced_worker_telemetry::InitError>(())
    /// ```
    pub fn exporter(mut self, exporter: impl SpanExporter + 'static) -> Self {
        self.exporter = Some(CodeExporter(Box::new(
            move |counters: &Arc<Counters>, processing, timeout| {
                processor(Whole(exporter), counters, processing, timeout)
            },
        )));
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
    /// Each exporter of a configuration file that exports in batches has such a queue.
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
    /// Returns an error if the thread that draws traces cannot be started; if the file that
    /// `OTEL_CONFIG_FILE` names is not valid, or its exporter cannot be made; and if an environment
    /// variable has an invalid value, or the exporter cannot be made, and [`strict`](Self::strict) is
    /// set.
    pub fn init(self) -> Result<Telemetry, InitError> {
        let (telemetry, propagators) = self.set_up(|name| std::env::var_os(name))?;
        set_propagators(&propagators);
        global::set_tracer_provider(telemetry.tracer_provider().clone());
        Ok(telemetry)
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

    /// Sets the traces that are drawn: all, those with errors, or the slowest.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use traced_worker_telemetry::Picture;
    ///
    /// let telemetry = traced_worker_telemetry::builder()
    ///     .waterfall_picture(Picture::Slowest(5))
    ///     .init()?;
    /// # Ok::<(), traced_worker_telemetry::InitError>(())
    /// ```
    pub fn waterfall_picture(mut self, picture: traced_worker_waterfall::Picture) -> Self {
        self.waterfall = self.waterfall.picture(picture);
        self
    }

    /// Turns the fields after a span's name on or off. They are on by default.
    pub fn waterfall_fields(mut self, fields: bool) -> Self {
        self.waterfall = self.waterfall.fields(fields);
        self
    }

    /// Turns the dots before a bar, the wait in a queue, on or off. They are on by default.
    pub fn waterfall_queue_wait(mut self, queue_wait: bool) -> Self {
        self.waterfall = self.waterfall.queue_wait(queue_wait);
        self
    }

    /// Turns the marks and the names of events on or off. They are on by default.
    pub fn waterfall_events(mut self, events: bool) -> Self {
        self.waterfall = self.waterfall.events(events);
        self
    }

    /// Turns the sources of a span, its links and the size of its batch, on or off. They are on by
    /// default.
    pub fn waterfall_links(mut self, links: bool) -> Self {
        self.waterfall = self.waterfall.links(links);
        self
    }

    /// Turns the threads at the end of the lines on or off. They are on by default.
    pub fn waterfall_threads(mut self, threads: bool) -> Self {
        self.waterfall = self.waterfall.threads(threads);
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
