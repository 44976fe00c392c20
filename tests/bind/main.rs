//! Closures and futures under the context that was current when they were bound.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod child_process;
mod contexts;
mod futures;
mod in_span;
mod integrations;
mod logs;
mod subscriber;
mod tracing_spans;
