//! Whether the cost of a message stays the same: with more threads, and a longer queue. Whether it
//! does with more workers, `benches/many_workers` tells.

mod queue;
mod threads;

use opentelemetry::Context;
use opentelemetry::trace::{TraceContextExt as _, Tracer as _, TracerProvider as _};
use opentelemetry_sdk::trace::SdkTracerProvider;

use crate::report::Report;

const RAW: &str = "raw crossbeam-channel";
const SAMPLED: &str = "traced-worker, sampled";
const UNSAMPLED: &str = "traced-worker, unsampled";

pub(crate) fn run(report: &mut Report) {
    threads::run(report);
    queue::run(report);
}

/// A context with a span of this provider, to dispatch under.
fn parent(provider: &SdkTracerProvider) -> Context {
    Context::new().with_span(provider.tracer("bench").start("dispatch"))
}
