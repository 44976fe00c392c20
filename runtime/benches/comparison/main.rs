//! traced-worker against what one would use instead.
//!
//! `cargo bench -p traced-worker`; with `-- carrier`, `-- throughput` or `-- round-trip` a part.

mod carrier;
mod harness;
mod peers;
mod round_trip;
mod throughput;

use opentelemetry::Context;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider, Span, SpanData, SpanProcessor};

/// What is dispatched: 64 bytes.
pub(crate) type Message = [u64; 8];

fn main() {
    let parts: [(&str, fn()); 3] = [
        ("carrier", carrier::run),
        ("throughput", throughput::run),
        ("round-trip", round_trip::run),
    ];
    let asked: Vec<String> = std::env::args().collect();
    let chosen = |name: &str| asked.iter().any(|asked| asked == name);
    let all = !parts.iter().any(|(name, _)| chosen(name));
    for (name, run) in parts {
        if all || chosen(name) {
            run();
        }
    }
}

/// Spans are made and ended, and go nowhere: what an exporter costs is not what is compared.
#[derive(Debug)]
struct Nowhere;

impl SpanProcessor for Nowhere {
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

pub(crate) fn provider(sampled: bool) -> SdkTracerProvider {
    let root = if sampled {
        Sampler::AlwaysOn
    } else {
        Sampler::AlwaysOff
    };
    SdkTracerProvider::builder()
        .with_span_processor(Nowhere)
        .with_sampler(Sampler::ParentBased(Box::new(root)))
        .build()
}
