//! The worker span: its metadata, its attributes, how it is started and what is recorded on it.

mod attributes;
pub mod autoref;
mod bounded_span;
mod clock;
pub mod failure;
mod metadata;
mod record;
pub mod returned;
pub(crate) mod stacktrace;
mod text;
mod tracer;
pub mod value;
mod worker_span;

pub(crate) use attributes::{MESSAGE_COUNT, ThreadAttributes};
pub(crate) use clock::{Anchor, Monotonic, WallClock};
pub(crate) use failure::Failure;
pub(crate) use metadata::Batch;
pub use metadata::{Metadata, SpanRelation};
pub(crate) use record::{record_failure, record_job_error, record_panic, record_text};
pub(crate) use tracer::{Provider, StartedSpan, TracerCache};
pub use worker_span::WorkerSpan;
