//! The worker span: what it is called, what is recorded on it, and how it is started.

mod attributes;
mod clock;
mod description;
pub mod failure;
mod record;
pub mod returned;
pub(crate) mod stacktrace;
mod tracer;
pub mod value;
mod worker_span;

pub(crate) use attributes::ThreadAttributes;
pub(crate) use clock::Ticks;
pub(crate) use description::Batch;
pub use description::Description;
pub(crate) use failure::Failure;
pub(crate) use record::{record_failure, record_panic, record_text};
pub(crate) use tracer::{Provider, Started, TracerCache};
pub use worker_span::WorkerSpan;
