//! Waiting that fails instead of hanging.

use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant};

/// The time after which a test fails instead of waiting for ever.
pub const HANGS: Duration = Duration::from_secs(60);

/// Waits until `condition` holds.
///
/// # Panics
///
/// If it does not hold after [`HANGS`].
pub fn wait_until(mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < HANGS, "the condition does not hold");
        thread::yield_now();
    }
}

/// Waits in a task until `condition` holds, and lets other tasks run.
///
/// # Panics
///
/// If it does not hold after [`HANGS`].
pub async fn yield_until(mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < HANGS, "the condition does not hold");
        tokio::task::yield_now().await;
    }
}

/// Waits for a thread, and returns its result.
///
/// # Panics
///
/// If the thread panicked, or has not ended after [`HANGS`].
#[expect(
    clippy::must_use_candidate,
    reason = "a test may only wait for the end of a thread"
)]
pub fn join<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    wait_until(|| thread.is_finished());
    thread.join().expect("the thread does not panic")
}
