//! The processor of spans that cannot be exported.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};

use crate::counts::Counters;

/// Counts spans as lost: their exporter is asked for, and cannot be had.
#[derive(Debug)]
pub(crate) struct LostSpans {
    reason: String,
    counters: Arc<Counters>,
}

impl LostSpans {
    pub(crate) fn new(reason: String, counters: &Arc<Counters>) -> Self {
        Self {
            reason,
            counters: Arc::clone(counters),
        }
    }
}

impl SpanProcessor for LostSpans {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, _: SpanData) {
        self.counters.fail_export(1, self.reason.clone());
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}
