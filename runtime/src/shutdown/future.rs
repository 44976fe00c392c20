//! Awaiting the end of a shutdown.

use std::pin::Pin;
use std::task::{Context, Poll};

use super::Shutdown;
use crate::telemetry::ShutdownReport;

/// Completes when the shutdown is over: see [`Shutdown::run_async`].
///
/// Dropping it changes nothing: the shutdown goes on.
#[derive(Debug)]
#[must_use = "the shutdown has begun, and is over when this was awaited"]
pub struct Finished(Shutdown);

impl Finished {
    pub(super) fn new(shutdown: Shutdown) -> Self {
        Self(shutdown)
    }
}

impl Future for Finished {
    type Output = ShutdownReport;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<ShutdownReport> {
        let mut outcome = self.0.0.outcome();
        if let Some(report) = &outcome.report {
            return Poll::Ready(report.clone());
        }
        let waker = cx.waker();
        if !outcome.waiting.iter().any(|known| known.will_wake(waker)) {
            outcome.waiting.push(waker.clone());
        }
        Poll::Pending
    }
}
