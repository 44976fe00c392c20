//! The worker span: its metadata, its attributes, how it is started and what is recorded on it.

mod attributes;
pub mod autoref;
mod bounded_span;
#[cfg(feature = "tracing")]
mod caller;
mod clock;
#[cfg(feature = "logs")]
mod exception_log;
#[cfg(not(feature = "logs"))]
#[path = "span/no_exception_log.rs"]
mod exception_log;
pub mod failure;
#[cfg(feature = "tracing")]
mod layer_span;
mod metadata;
mod record;
pub mod returned;
pub(crate) mod stacktrace;
mod text;
mod tracer;
#[cfg(feature = "tracing")]
mod tracing_span;
#[cfg(not(feature = "tracing"))]
#[path = "span/without_tracing.rs"]
mod tracing_span;
pub mod value;
mod worker_span;

pub(crate) use attributes::{LayerAttributes, ThreadAttributes, integer, message_count};
#[cfg(feature = "tracing")]
pub(crate) use caller::{Caller, drop_tracing_span};
pub(crate) use clock::{Anchor, Monotonic, WallClock};
#[cfg(feature = "logs")]
pub use exception_log::set_exception_logger_provider;
pub(crate) use failure::Failure;
pub(crate) use metadata::Batch;
pub use metadata::{Metadata, SpanRelation};
pub(crate) use record::{
    Sighting, log_failure, log_panic, record_failure, record_job_error, record_panic, record_text,
};
pub(crate) use tracer::{Provider, StartedSpan, TracerCache};
pub use tracing_span::CallSites;
#[cfg(not(feature = "tracing"))]
pub(crate) use tracing_span::Caller;
pub(crate) use tracing_span::{TracingScope, TracingStart};
pub use worker_span::WorkerSpan;
