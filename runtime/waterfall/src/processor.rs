//! The span processor and its builder.

use std::fmt;
use std::io::{self, Write};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry::trace::Span as _;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};

use crate::details::Parts;
use crate::output::OutputOptions;
use crate::picture::Picture;
use crate::renderer::{self, Shared, WaitError};
use crate::trace::{Record, thread_label};

/// The flush timeout of the SDK's batch processor.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(5);

/// A span processor that draws finished traces.
///
/// Only sampled spans are drawn. [`SpanProcessor::force_flush`] and
/// [`SpanProcessor::shutdown_with_timeout`] return an error if the output took longer than the
/// timeout, or if the writer panicked.
///
/// # Examples
///
/// ```
/// use opentelemetry_sdk::trace::SdkTracerProvider;
/// use traced_worker_waterfall::Waterfall;
///
/// let waterfall = Waterfall::builder()
///     .writer(std::io::stdout())
///     .width(72)
///     .build()?;
/// let provider = SdkTracerProvider::builder()
///     .with_span_processor(waterfall)
///     .build();
/// # drop(provider);
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Waterfall {
    shared: Arc<Shared>,
    parts: Parts,
}

/// Configures a [`Waterfall`]: made by [`Waterfall::builder`].
#[derive(Debug, Default)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct WaterfallBuilder {
    output: OutputOptions,
    picture: Picture,
    parts: Parts,
}

impl Waterfall {
    /// Returns a processor that draws on stderr.
    ///
    /// # Errors
    ///
    /// Returns an error if the renderer thread cannot be started.
    pub fn new() -> io::Result<Self> {
        Self::builder().build()
    }

    /// Returns a builder that sets the output, the traces and the parts of them that are drawn.
    pub fn builder() -> WaterfallBuilder {
        WaterfallBuilder::default()
    }
}

impl WaterfallBuilder {
    /// Draws on `writer` instead of stderr. Each trace is one `write_all` followed by `flush`.
    ///
    /// The output has no colors unless [`color`](Self::color) is set. Its width is `COLUMNS`, or
    /// 100 without that variable, unless [`width`](Self::width) is set.
    pub fn writer(mut self, writer: impl Write + Send + 'static) -> Self {
        self.output.writer = Some(Box::new(writer));
        self
    }

    /// Sets the width in columns. A width below 20 counts as 20.
    ///
    /// The default is the width of the terminal. Where stderr is not a terminal, it is `COLUMNS`,
    /// or 100 without that variable.
    pub fn width(mut self, columns: usize) -> Self {
        self.output.width = Some(columns);
        self
    }

    /// Turns colors on or off.
    ///
    /// The default depends on `NO_COLOR`, `CLICOLOR_FORCE`, `CLICOLOR`, and on whether stderr is a
    /// terminal.
    pub fn color(mut self, color: bool) -> Self {
        self.output.color = Some(color);
        self
    }

    /// Sets the traces that are drawn: all, those with errors, or the slowest.
    pub fn picture(mut self, picture: Picture) -> Self {
        self.picture = picture;
        self
    }

    /// Turns the fields after a span's name on or off: `worker_process{file.path=src/pool.rs}`.
    ///
    /// They are on by default. Fields are the attributes of a span but for `thread.*`, `code.*`,
    /// `messaging.*`, `traced_worker.*`, `error.*`, `exception.*`, `otel.*`, and `busy_ns`, `idle_ns`,
    /// `level` and `target` of `tracing-opentelemetry`.
    /// Of each span 8 fields are kept, and 256 bytes of each value.
    pub fn fields(mut self, fields: bool) -> Self {
        self.parts.fields = fields;
        self
    }

    /// Turns the dots before a bar on or off: the time that the message waited in its queue, if the
    /// span has the attribute `traced_worker.queue.wait` (seconds).
    ///
    /// They are on by default.
    pub fn queue_wait(mut self, queue_wait: bool) -> Self {
        self.parts.queue_wait = queue_wait;
        self
    }

    /// Turns events on or off: the marks in a bar (`*`, and `!` for an exception), and the line with
    /// their number, names and times.
    ///
    /// They are on by default. The message of an error is drawn in any case.
    pub fn events(mut self, events: bool) -> Self {
        self.parts.events = events;
        self
    }

    /// Turns the line on or off that names the traces which a span links to, and the number of
    /// messages in a batch (`messaging.batch.message_count`).
    ///
    /// It is on by default.
    pub fn links(mut self, links: bool) -> Self {
        self.parts.links = links;
        self
    }

    /// Turns the threads at the end of the lines on or off.
    ///
    /// They are on by default.
    pub fn threads(mut self, threads: bool) -> Self {
        self.parts.threads = threads;
        self
    }

    /// Starts the renderer thread and returns the processor.
    ///
    /// # Errors
    ///
    /// Returns an error if the thread cannot be started.
    pub fn build(self) -> io::Result<Waterfall> {
        let parts = self.parts;
        let shared = Arc::new(Shared::new(self.picture, parts.threads));
        let output = self.output.open();
        let share = Arc::clone(&shared);
        thread::Builder::new()
            .name("waterfall".into())
            .spawn(move || renderer::run(&share, output))?;
        Ok(Waterfall { shared, parts })
    }
}

impl SpanProcessor for Waterfall {
    fn on_start(&self, span: &mut Span, _cx: &Context) {
        let context = span.span_context();
        if context.is_sampled() {
            let (trace, span, thread) = (context.trace_id(), context.span_id(), thread_label());
            self.shared
                .collect(|collector| collector.on_start(trace, span, thread));
        }
    }

    fn on_end(&self, span: SpanData) {
        if span.span_context.is_sampled() {
            let trace = span.span_context.trace_id();
            let record = Record::new(span, self.parts);
            self.shared
                .collect(|collector| collector.on_end(trace, record));
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        result(self.shared.flush(FLUSH_TIMEOUT), FLUSH_TIMEOUT)
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        result(self.shared.stop(timeout), timeout)
    }
}

impl Drop for Waterfall {
    /// Makes the renderer thread draw the remaining spans and end, without waiting for it.
    fn drop(&mut self) {
        let _ = self.shared.stop(Duration::ZERO);
    }
}

impl fmt::Debug for Waterfall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waterfall").finish_non_exhaustive()
    }
}

fn result(waited: Result<(), WaitError>, timeout: Duration) -> OTelSdkResult {
    waited.map_err(|error| match error {
        WaitError::TimedOut => OTelSdkError::Timeout(timeout),
        WaitError::Panicked => {
            OTelSdkError::InternalFailure("the waterfall's writer panicked".into())
        }
    })
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod writer_tests;
