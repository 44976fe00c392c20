//! What the library promises, by behaviour.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod attributes;
mod batches;
mod call;
mod callbacks;
mod cancel;
mod channels;
mod dispatch;
mod dispatch_errors;
mod faults;
mod handles;
mod isolation;
mod outcomes;
mod own_pool;
mod panics;
mod parents;
mod pools;
mod program_shutdown;
mod propagation;
mod recorded_texts;
mod relations;
mod sampling;
mod server;
mod shutdown;
mod states;
mod times;
mod views;
