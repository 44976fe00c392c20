//! What the library promises, by behaviour.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod attributes;
mod batches;
mod call;
mod channels;
mod dispatch;
mod handles;
mod isolation;
mod outcomes;
mod panics;
mod parents;
mod propagation;
mod refusals;
mod relations;
mod sampling;
mod shutdown;
mod states;
