//! What the program holds on to while it is observed.

mod sdk;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use opentelemetry_sdk::trace::SdkTracerProvider;

use self::sdk::Sdk;
use super::account::Account;
use super::error::{FlushError, ShutdownError};
use super::report::{ShutdownReport, Spans};
use crate::pool::{Drain, Report};

/// How long `drop` waits for the last spans.
const AT_DROP: Duration = Duration::from_secs(5);

/// How long a flush may take.
const FLUSH: Duration = Duration::from_secs(6);

/// The telemetry that [`init`](super::init) set up.
///
/// The global tracer provider is never dropped, so nothing would be flushed at the end of the
/// program by itself: this holds the provider and flushes it when it is dropped.
#[derive(Debug)]
#[must_use = "dropping this ends the telemetry: keep it until the program ends"]
pub struct Telemetry {
    sdk: Sdk,
    account: Arc<Account>,
    /// What the shutdown found; held by whoever shuts down.
    closed: Mutex<Option<Closed>>,
}

/// How the SDK ended.
#[derive(Clone, Debug)]
struct Closed {
    spans: Spans,
    error: Option<FlushError>,
}

impl Telemetry {
    /// `provider` is none where nothing is recorded; `collector` is the variable that names one.
    pub(super) fn new(
        provider: Option<SdkTracerProvider>,
        collector: Option<&'static str>,
        account: Arc<Account>,
    ) -> Self {
        Self {
            sdk: Sdk::new(provider, collector),
            account,
            closed: Mutex::new(None),
        }
    }

    /// Draws or exports every span that has ended by now, and waits until that is done.
    ///
    /// # Errors
    ///
    /// Where an export failed, took too long, or telemetry was shut down before.
    pub fn flush(&self) -> Result<(), FlushError> {
        if self.closed().is_some() {
            return Err(FlushError::AlreadyShutdown);
        }
        let failed = self.account.failed();
        self.sdk.flush(FLUSH)?;
        self.failed_since(failed)
    }

    /// What became of the spans so far.
    ///
    /// # Example
    ///
    /// ```
    /// use opentelemetry::global;
    /// use opentelemetry::trace::Tracer;
    ///
    /// let telemetry = traced_worker::telemetry::init()?;
    /// global::tracer("example").in_span("process_data", |_| { /* work */ });
    /// telemetry.flush()?;
    /// let spans = telemetry.spans();
    /// assert_eq!((spans.ended, spans.exported, spans.dropped), (1, 1, 0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn spans(&self) -> Spans {
        self.account.so_far()
    }

    /// Shuts the pools down, then flushes and shuts the SDK down, all by `deadline` from now: the
    /// order in which no span is lost.
    ///
    /// Intake stops, what was accepted is drained, its spans end; only then are they flushed.
    /// A quarter of the time, 5 s at most, is kept for that: workers that do not end in time cost
    /// no spans but their own. Says what became of the messages and the spans.
    ///
    /// It may be called from any thread, one of an async runtime too, which it blocks. The second
    /// time it says so, shuts down the pools that were not, and nothing else; while the first is
    /// under way, it waits for it. [`Shutdown`](crate::Shutdown) does the same on a signal.
    ///
    /// # Errors
    ///
    /// Where the last spans could not be drawn or exported. Everything is shut down all the same,
    /// and the error has the report.
    ///
    /// # Example
    ///
    /// ```
    /// use std::time::Duration;
    /// use traced_worker::traced_worker;
    ///
    /// #[traced_worker]
    /// fn process(number: u32) -> u32 {
    ///     number
    /// }
    ///
    /// let telemetry = traced_worker::telemetry::init()?;
    /// let pool = process::pool().start()?;
    /// pool.send(7)?;
    /// let report = telemetry.shutdown(pool, Duration::from_secs(5))?;
    /// assert_eq!(
    ///     report.to_string(),
    ///     "1 completed, 0 failed, 0 panicked, 0 abandoned; \
    ///      spans: 1 ended, 1 exported, 0 dropped"
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn shutdown(
        &self,
        pools: impl Drain,
        deadline: Duration,
    ) -> Result<ShutdownReport, ShutdownError> {
        let start = Instant::now();
        let draining = for_draining(deadline);
        let jobs = pools.drain(draining);
        let passed = start.elapsed();
        let report = self.report(jobs, passed < draining, deadline.saturating_sub(passed));
        match report.flush_error {
            Some(_) => Err(ShutdownError::new(report)),
            None => Ok(report),
        }
    }

    /// Ends the telemetry, and says what became of everything.
    pub(crate) fn report(&self, jobs: Report, in_time: bool, timeout: Duration) -> ShutdownReport {
        let (closed, repeated) = self.close(timeout);
        let mut report = ShutdownReport::new(jobs, in_time, closed.spans, closed.error);
        report.repeated |= repeated;
        report
    }

    /// Flushes, then shuts the SDK down; once. The second time is told apart.
    ///
    /// The flush comes first because the batch processor's shutdown says `Ok` even when its last
    /// export failed.
    fn close(&self, timeout: Duration) -> (Closed, bool) {
        let mut closed = self.closed();
        if let Some(closed) = &*closed {
            return (closed.clone(), true);
        }
        let (start, failed) = (Instant::now(), self.account.failed());
        let flushed = self.sdk.flush(timeout);
        let stopped = self.sdk.stop(timeout.saturating_sub(start.elapsed()));
        let spans = self.account.closed();
        let error = match (flushed, stopped) {
            // The SDK's flush gives up early, and its shutdown goes on with what is left.
            (Ok(()) | Err(FlushError::TimedOut(_)), Ok(())) => self.failed_since(failed).err(),
            (flushed, stopped) => flushed.and(stopped).err(),
        };
        let now = closed.insert(Closed { spans, error });
        (now.clone(), false)
    }

    /// The SDK says how its last batch fared, and forgets the batches before it.
    fn failed_since(&self, failed: u64) -> Result<(), FlushError> {
        match self.account.last_error() {
            Some(reason) if self.account.failed() > failed => {
                Err(FlushError::Failed(self.sdk.explain(&reason)))
            }
            _ => Ok(()),
        }
    }

    fn closed(&self) -> MutexGuard<'_, Option<Closed>> {
        self.closed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        // A destructor has nobody to tell.
        let _ = self.close(AT_DROP);
    }
}

/// What a shutdown by `deadline` leaves to the pools.
pub(crate) fn for_draining(deadline: Duration) -> Duration {
    deadline.saturating_sub((deadline / 4).min(AT_DROP))
}

#[cfg(test)]
mod tests;
