//! Worker spans that are spans of `tracing`.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod callers;
mod events;
mod filters;
mod isolation;
mod layers;
mod log_lines;
mod parents;
mod passed_over;
mod polls;
mod records;
mod second_version;
mod subscribers;
mod table;

use traced_worker::{Pool, PoolBuilder, SyncWorker};

/// Starts a pool of one thread, whose workers have the subscriber of their caller.
fn pool<W: SyncWorker>(builder: PoolBuilder<W>) -> Pool<W> {
    builder.threads(1).inherit_subscriber().start().unwrap()
}
