//! A provider of SDK spans that are not exported.

use opentelemetry::Context;
use opentelemetry::trace::{TraceContextExt as _, Tracer as _, TracerProvider as _};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider, Span, SpanData, SpanProcessor};

/// Drops spans that have ended, because an exporter costs all contenders the same.
#[derive(Debug)]
struct Discard;

impl SpanProcessor for Discard {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        drop(std::hint::black_box(span));
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: std::time::Duration) -> OTelSdkResult {
        Ok(())
    }
}

/// Returns a provider whose spans are all sampled, or none.
pub(crate) fn provider(sampled: bool) -> SdkTracerProvider {
    let root = if sampled {
        Sampler::AlwaysOn
    } else {
        Sampler::AlwaysOff
    };
    SdkTracerProvider::builder()
        .with_span_processor(Discard)
        .with_sampler(Sampler::ParentBased(Box::new(root)))
        .build()
}

/// Returns a context with a span to dispatch under.
pub(crate) fn dispatch_context(provider: &SdkTracerProvider) -> Context {
    Context::new().with_span(provider.tracer("bench").start("dispatch"))
}
