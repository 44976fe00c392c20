//! Everything that generated code names, besides `::core`. Not part of the public API.

pub use std::sync::Arc;
pub use std::vec::Vec;

pub use opentelemetry::trace::SpanKind;
pub use traced_worker_macros::{DeprecatedWorker, exempt_from_clippy};
#[cfg(feature = "tracing")]
pub use tracing;

pub use crate::pool::PoolBuilder;
#[cfg(feature = "tokio")]
pub use crate::pool::TaskPoolBuilder;
pub use crate::span::autoref::{self, Autoref};
pub use crate::span::failure::{self, Failure};
pub use crate::span::returned;
pub use crate::span::value;
pub use crate::span::{CallSites, Metadata, SpanRelation, WorkerSpan};
#[cfg(feature = "tokio")]
pub use crate::worker::AsyncWorker;
pub use crate::worker::{ByAttribute, SyncWorker, Worker, batch};

/// The error of a closure that makes a state.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;
