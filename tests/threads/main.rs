//! Pools and closures on shared threads.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod closures;
mod ends;
mod isolation;
mod random;
mod table;
mod turns;
mod waits;
