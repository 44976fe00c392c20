//! What can be chosen about telemetry in code; everything else comes from the environment.

use std::io::Write;

use opentelemetry_sdk::trace::{SdkTracerProvider, TracerProviderBuilder};

use super::environment::{self, Destination};
use super::error::InitError;
use super::guard::Telemetry;
use super::picture::{Canvas, Picture};

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

    /// Sets the SDK up and makes it the global tracer provider.
    ///
    /// # Errors
    ///
    /// As [`init`](super::init).
    pub fn init(self) -> Result<Telemetry, InitError> {
        let destination = environment::read(environment::variable)?;
        let (provider, endpoint) = match destination {
            Destination::Nowhere => return Ok(Telemetry::new(None, None)),
            Destination::Picture => (self.drawing()?, None),
            Destination::Otlp(endpoint) => (exporting(&endpoint)?, Some(endpoint.variable)),
        };
        opentelemetry::global::set_tracer_provider(provider.clone());
        Ok(Telemetry::new(Some(provider), endpoint))
    }

    fn drawing(self) -> Result<SdkTracerProvider, InitError> {
        let picture = Picture::start(self.canvas).map_err(InitError::Thread)?;
        Ok(sdk().with_span_processor(picture).build())
    }
}

/// The SDK's builder reads resource, sampler and limits from the environment as long as nobody sets
/// them.
fn sdk() -> TracerProviderBuilder {
    SdkTracerProvider::builder()
}

#[cfg(feature = "otlp")]
fn exporting(endpoint: &environment::Endpoint) -> Result<SdkTracerProvider, InitError> {
    let exporter = super::otlp::exporter(endpoint)?;
    Ok(sdk().with_batch_exporter(exporter).build())
}

#[cfg(not(feature = "otlp"))]
fn exporting(endpoint: &environment::Endpoint) -> Result<SdkTracerProvider, InitError> {
    Err(InitError::OtlpNotBuiltIn {
        variable: endpoint.variable,
        value: endpoint.value.clone(),
    })
}
