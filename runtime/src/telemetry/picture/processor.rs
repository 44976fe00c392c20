//! The SDK's side of the picture.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry::trace::Span as _;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};

use super::canvas::Canvas;
use super::drawer::{self, Shared};
use super::record::Record;
use super::thread as label;

/// As the SDK's batch processor.
const FLUSH: Duration = Duration::from_secs(5);

/// Collects the sampled spans, and has them drawn by a thread of its own.
pub(in super::super) struct Picture {
    shared: Arc<Shared>,
}

impl Picture {
    /// Starts the drawing thread.
    pub(in super::super) fn start(canvas: Canvas) -> io::Result<Self> {
        let shared = Arc::new(Shared::new());
        let surface = canvas.prepare();
        let share = Arc::clone(&shared);
        thread::Builder::new()
            .name("telemetry-picture".into())
            .spawn(move || drawer::run(share, surface))?;
        Ok(Self { shared })
    }
}

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Picture").finish_non_exhaustive()
    }
}

impl SpanProcessor for Picture {
    fn on_start(&self, span: &mut Span, _cx: &Context) {
        let context = span.span_context();
        if context.is_sampled() {
            let (trace, span, thread) = (context.trace_id(), context.span_id(), label::current());
            self.shared
                .collect(|collector| collector.on_start(trace, span, thread));
        }
    }

    fn on_end(&self, span: SpanData) {
        if span.span_context.is_sampled() {
            let (trace, id) = (span.span_context.trace_id(), span.span_context.span_id());
            self.shared.collect(|collector| {
                collector.on_end(trace, id, |thread| Record::new(span, thread));
            });
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        if self.shared.flush(FLUSH) {
            Ok(())
        } else {
            Err(OTelSdkError::Timeout(FLUSH))
        }
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        if self.shared.stop(timeout) {
            Ok(())
        } else {
            Err(OTelSdkError::Timeout(timeout))
        }
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod writers;
