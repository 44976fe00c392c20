//! Workers that are `async fn`, on the tasks of a Tokio runtime.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod cancel;
mod ends;
mod executors;
mod isolation;
mod own_pool;
mod parents;
mod random;
mod runtimes;
mod shutdown;
mod support;
mod table;
