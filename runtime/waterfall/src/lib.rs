//! Draws finished OpenTelemetry traces in a terminal.
//!
//! [`Waterfall`] is a span processor. It keeps the spans of each trace until the trace has
//! finished, and then draws them as bars on a common time axis:
//!
//! ```text
//! trace 5b8aa5a2d2c872e8321cf37308d69d01: 500ms, 3 spans, 1 error
//! process_data                             [==========================]   500ms  (main thread)
//!   worker_process{file.path=src/pool.rs}  .[==========]                  220ms  (process-0)
//!   worker_process{file.path=src/gone.rs}   ..........[==]               70.0ms  (process-1)
//!     error: no such file
//! ```
//!
//! The dots before a bar are the time that the message waited in a queue. A span whose status is an
//! error is followed by the error's message. A trace with thousands of spans is drawn with the
//! slowest and the failed ones, and the others are counted.
//!
//! # Parts of the picture
//!
//! | part | drawn as | switched off by |
//! | --- | --- | --- |
//! | fields: attributes of the span, but for those that libraries set | `worker_process{file.path=src/pool.rs}`; values are shortened to the width | [`fields(false)`](WaterfallBuilder::fields) |
//! | the wait in a queue: `traced_worker.queue.wait`, in seconds | `...` before the bar; `<..` and a line with the time if it is too long for the picture | [`queue_wait(false)`](WaterfallBuilder::queue_wait) |
//! | events | `*` in the bar, `!` for an exception, and a line: `2 events: cache miss +20.0ms, retry +300ms` | [`events(false)`](WaterfallBuilder::events) |
//! | links, and the size of a batch: `messaging.batch.message_count` | a line: `batch of 64, from 3 traces: 5b8aa5a2…, ..` | [`links(false)`](WaterfallBuilder::links) |
//! | the thread that started the span | `(process-0)` at the end of its line, if there is room | [`threads(false)`](WaterfallBuilder::threads) |
//! | the message of an error | a line below the span | always drawn |
//! | colors | on a terminal | [`color(false)`](WaterfallBuilder::color), `NO_COLOR=1` |
//! | traces without errors; fast traces | all, up to 8 at one time | [`picture(Picture::OnError)`](WaterfallBuilder::picture), [`picture(Picture::Slowest(5))`](Picture::Slowest) |
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
//! as the continuation of their trace. [`Picture`] chooses among the traces: of those that finish
//! together only some are drawn, the failed ones first and then the slowest, and the others are
//! counted.
//!
//! # Cost
//!
//! A thread that starts or ends a span takes a lock for a map operation and never waits for the
//! output: a renderer thread draws. Memory is bounded (about 50 MB at most): beyond the limits,
//! details, spans and traces are counted and not kept, and the output shows how many.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod collector;
mod details;
mod label;
mod layout;
mod output;
mod picture;
mod processor;
mod render;
mod renderer;
#[cfg(test)]
mod test_spans;
mod text;
mod trace;
mod tree;

pub use self::picture::Picture;
pub use self::processor::{Waterfall, WaterfallBuilder};

/// Compiles the code of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
