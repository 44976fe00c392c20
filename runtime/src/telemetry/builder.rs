//! What can be chosen about telemetry in code; everything else comes from the environment.

use std::borrow::Cow;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry::global;
use opentelemetry::propagation::{TextMapCompositePropagator, TextMapPropagator};
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};
use opentelemetry_sdk::trace::{SdkTracerProvider, TracerProviderBuilder};

use super::account::Account;
use super::environment::{self, Collector, Propagator, Settings};
use super::error::InitError;
use super::guard::Telemetry;
use super::picture::{Canvas, Picture};
use super::{counted::Counted, resource};

/// Sets telemetry up; made by [`builder()`](super::builder()).
///
/// # Example
///
/// ```
/// let telemetry = traced_worker::telemetry::builder()
///     .picture_to(std::io::stdout())
///     .picture_width(72)
///     .init()?;
/// # Ok::<(), traced_worker::telemetry::InitError>(())
/// ```
#[derive(Debug, Default)]
#[must_use = "a builder does nothing until `init` is called"]
pub struct Builder {
    canvas: Canvas,
    service: Option<Cow<'static, str>>,
    patience: Duration,
}

impl Builder {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Draws pictures on `writer` and not on stderr: each picture arrives in one `write_all`,
    /// followed by `flush`.
    ///
    /// Without colours unless [`picture_color`](Self::picture_color) asks for them, and as wide as
    /// `COLUMNS` says (100 where it does not) unless [`picture_width`](Self::picture_width) says
    /// so.
    pub fn picture_to(mut self, writer: impl Write + Send + 'static) -> Self {
        self.canvas.writer = Some(Box::new(writer));
        self
    }

    /// Draws pictures this many columns wide. Fewer than 20 count as 20.
    pub fn picture_width(mut self, columns: usize) -> Self {
        self.canvas.width = Some(columns);
        self
    }

    /// Draws pictures with colours, or without, whatever the stream and the environment say.
    pub fn picture_color(mut self, color: bool) -> Self {
        self.canvas.color = Some(color);
        self
    }

    /// Names the service, where neither `OTEL_SERVICE_NAME` nor `OTEL_RESOURCE_ATTRIBUTES` does.
    pub fn service_name(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.service = Some(name.into());
        self
    }

    /// Makes a thread that ends a span wait for the exporter, where its queue is full: no longer
    /// than `timeout`, after which the span is dropped as it is without this.
    ///
    /// Without this a span that finds the queue full is dropped at once, as OpenTelemetry says:
    /// workers never wait for a collector. With it they are slowed down to the speed of the export,
    /// and nothing is lost to a queue as long as the exporter comes up with the next batch within
    /// `timeout`. One that does not holds up every waiting thread for `timeout` once; after that
    /// nobody waits until it has taken a batch. [`Spans::no_room`](super::Spans::no_room) counts
    /// what was dropped.
    ///
    /// This is for programs whose spans end on worker threads: a task on an async runtime that ends
    /// a span blocks its thread while it waits.
    ///
    /// # Example
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let telemetry = traced_worker::telemetry::builder()
    ///     .wait_for_exporter(Duration::from_secs(2))
    ///     .init()?;
    /// # Ok::<(), traced_worker::telemetry::InitError>(())
    /// ```
    pub fn wait_for_exporter(mut self, timeout: Duration) -> Self {
        self.patience = timeout;
        self
    }

    /// Sets the SDK up, makes it the global tracer provider, and sets the global propagator.
    ///
    /// # Errors
    ///
    /// As [`init`](super::init).
    pub fn init(self) -> Result<Telemetry, InitError> {
        let Some(settings) = environment::read(environment::variable)? else {
            return Ok(Telemetry::new(None, None, Arc::default()));
        };
        let collector = settings.exporters.otlp.as_ref();
        let variable = collector.map(|collector| collector.variable().name);
        let account = Arc::new(Account::new(collector.is_none()));
        let provider = self.provider(&settings, &account)?;
        set_propagators(&settings.propagators);
        global::set_tracer_provider(provider.clone());
        Ok(Telemetry::new(Some(provider), variable, account))
    }

    /// Sampler and limits the SDK's builder reads from the environment by itself.
    fn provider(
        self,
        settings: &Settings,
        account: &Arc<Account>,
    ) -> Result<SdkTracerProvider, InitError> {
        let mut builder =
            SdkTracerProvider::builder().with_resource(resource::resource(self.service));
        if let Some(collector) = &settings.exporters.otlp {
            builder = exporting(builder, collector, account, settings.queue, self.patience)?;
        }
        if settings.exporters.console {
            let picture = Picture::start(self.canvas).map_err(InitError::Thread)?;
            // The account is the collector's, where there is one.
            builder = if settings.exporters.otlp.is_some() {
                builder.with_span_processor(picture)
            } else {
                builder.with_span_processor(Counted::new(picture, Arc::clone(account)))
            };
        }
        Ok(builder.build())
    }
}

/// None of them leaves the global propagator as it is; messages carry their context all the same.
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
fn exporting(
    builder: TracerProviderBuilder,
    collector: &Collector,
    account: &Arc<Account>,
    queue: usize,
    patience: Duration,
) -> Result<TracerProviderBuilder, InitError> {
    let exporter = super::otlp::exporting(collector, account, queue, patience)?;
    Ok(builder.with_span_processor(exporter))
}

#[cfg(not(feature = "otlp"))]
fn exporting(
    _builder: TracerProviderBuilder,
    collector: &Collector,
    _account: &Arc<Account>,
    _queue: usize,
    _patience: Duration,
) -> Result<TracerProviderBuilder, InitError> {
    Err(InitError::OtlpNotBuiltIn {
        variable: collector.variable().name,
        value: collector.variable().value.clone(),
    })
}
