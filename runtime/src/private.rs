//! All that generated code may name besides `::core`. Not part of the public API.

pub use std::sync::Arc;
pub use std::vec::Vec;

pub use opentelemetry::trace::SpanKind;

pub use crate::carrier::Parent;

pub use crate::pool::PoolBuilder;
pub use crate::span::failure::{self, Failure};
pub use crate::span::returned;
pub use crate::span::value;
pub use crate::span::{Description, WorkerSpan};
pub use crate::worker::{Worker, batch};
