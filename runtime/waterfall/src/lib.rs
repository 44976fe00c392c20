//! Draws finished OpenTelemetry traces in a terminal.
//!
//! [`Waterfall`] is a span processor. It keeps the spans of each trace until the trace has
//! finished, and then draws them as bars on a common time axis:
//!
//! ```text
//! trace 5b8aa5a2d2c872e8321cf37308d69df2: 500ms, 2 spans
//! process_data      [====================================]  500ms  (main thread)
//!   worker_process    [=================================]   480ms  (process-1)
//! ```
//!
//! A span whose status is an error is followed by the error's message. A trace with thousands of
//! spans is drawn with the slowest and the failed ones, and the others are counted.
//!
//! # Examples
//!
//! ```
//! use opentelemetry::trace::{Tracer, TracerProvider};
//! use opentelemetry_sdk::trace::SdkTracerProvider;
//! use traced_worker_waterfall::Waterfall;
//!
//! let provider = SdkTracerProvider::builder()
//!     .with_span_processor(Waterfall::new()?)
//!     .build();
//! provider.tracer("example").in_span("process_data", |_| { /* work */ });
//! // Draws the remaining spans.
//! provider.shutdown()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # When a trace is drawn
//!
//! A trace has finished when its local root has ended and none of its spans is open. Traces that
//! finish within 100 ms of each other are drawn together. A flush or a shutdown of the provider
//! draws every span that has ended, also those of unfinished traces; spans that end later are drawn
//! as the continuation of their trace.
//!
//! # Cost
//!
//! A thread that starts or ends a span takes a lock for a map operation and never waits for the
//! output: a renderer thread draws. Memory is bounded (about 30 MB at most): beyond the limits,
//! spans and traces are counted and not kept, and the output shows how many.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod collector;
mod layout;
mod output;
mod processor;
mod render;
mod renderer;
#[cfg(test)]
mod test_spans;
mod text;
mod trace;
mod tree;

pub use self::processor::{Waterfall, WaterfallBuilder};

/// Compiles the code of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
