//! The handle that the program keeps until it ends.

use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use opentelemetry_sdk::trace::SdkTracerProvider;

use crate::counts::{Counters, SpanCounts};
use crate::environment::EnvironmentWarning;
use crate::error::FlushError;
use crate::further::{self, ExporterCounts, FurtherExporter};
use crate::provider::ProviderHandle;
use crate::report::TelemetryReport;
use crate::warn::warn;

/// The timeout when the last handle is dropped.
const DROP_TIMEOUT: Duration = Duration::from_secs(5);

/// The longest part of a shutdown's timeout that is kept for the flush.
const LONGEST_FLUSH: Duration = Duration::from_secs(5);

/// The timeout of [`Telemetry::flush`].
const FLUSH_TIMEOUT: Duration = Duration::from_secs(6);

/// The telemetry that [`init`](crate::init) has set up.
///
/// A clone is the same telemetry. The global tracer provider is never dropped, so the last spans
/// are not flushed by themselves when the program ends: dropping the last clone flushes them and
/// shuts the SDK down, in at most 5 seconds. [`shutdown`](Self::shutdown) also waits for open spans
/// and returns a report.
///
/// # Examples
///
/// ```no_run
/// use std::time::Duration;
///
/// use opentelemetry::global;
/// use opentelemetry::trace::Tracer;
///
/// let telemetry = traced_worker_telemetry::init()?;
/// global::tracer("example").in_span("process_data", |_| { /* work */ });
/// let report = telemetry.shutdown(Duration::from_secs(5));
/// println!("spans: {report}");
/// # Ok::<(), traced_worker_telemetry::InitError>(())
/// ```
#[derive(Clone)]
#[must_use = "dropping the last handle shuts the telemetry down: keep it until the program ends"]
pub struct Telemetry(Arc<Inner>);

struct Inner {
    provider: ProviderHandle,
    counters: Arc<Counters>,
    further: Vec<FurtherExporter>,
    /// The collector's address, without what may be a secret.
    endpoint: Option<String>,
    warnings: Vec<EnvironmentWarning>,
    state: Mutex<State>,
    /// Notified when the state becomes `Done`.
    done: Condvar,
}

#[derive(Debug)]
enum State {
    Running,
    ShuttingDown,
    Done(TelemetryReport),
}

impl Telemetry {
    /// `endpoint` is `None` if nothing is exported over OTLP.
    pub(crate) fn new(
        provider: SdkTracerProvider,
        endpoint: Option<String>,
        counters: Arc<Counters>,
        further: Vec<FurtherExporter>,
        warnings: Vec<EnvironmentWarning>,
    ) -> Self {
        Self(Arc::new(Inner {
            provider: ProviderHandle::new(provider),
            counters,
            further,
            endpoint,
            warnings,
            state: Mutex::new(State::Running),
            done: Condvar::new(),
        }))
    }

    /// Draws or exports every span that has ended by now.
    ///
    /// # Blocking
    ///
    /// Blocks until that is done, for at most 6 seconds.
    ///
    /// # Errors
    ///
    /// Returns an error if an export failed or took too long, if the writer of the waterfall
    /// panicked, or if the telemetry was shut down.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// let telemetry = traced_worker_telemetry::init()?;
    /// if let Err(error) = telemetry.flush() {
    ///     eprintln!("{error}");
    /// }
    /// # Ok::<(), traced_worker_telemetry::InitError>(())
    /// ```
    pub fn flush(&self) -> Result<(), FlushError> {
        let inner = &*self.0;
        if !matches!(*inner.state(), State::Running) {
            return Err(FlushError::AlreadyShutdown);
        }
        let failed: Vec<_> = inner.all().map(Counters::export_failed).collect();
        let flushed = inner.provider.flush(FLUSH_TIMEOUT);
        inner.failed_since(&failed)?;
        flushed
    }

    /// Returns the number of spans in each state. After a shutdown: as they were at its end.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use opentelemetry::global;
    /// use opentelemetry::trace::Tracer;
    ///
    /// let telemetry = traced_worker_telemetry::init()?;
    /// global::tracer("example").in_span("process_data", |_| { /* work */ });
    /// telemetry.flush()?;
    /// let spans = telemetry.spans();
    /// assert_eq!((spans.ended, spans.exported, spans.dropped), (1, 1, 0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn spans(&self) -> SpanCounts {
        match &*self.0.state() {
            State::Done(report) => report.spans,
            State::Running | State::ShuttingDown => self.0.counters.so_far(),
        }
    }

    /// Returns the number of spans in each state for each exporter behind the first one. After a
    /// shutdown: as they were at its end.
    ///
    /// Only a configuration file sets several exporters. [`spans`](Self::spans) are those of the first
    /// one.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// let telemetry = traced_worker_telemetry::init()?;
    /// for exporter in telemetry.further_exporters() {
    ///     println!("{exporter}"); // to http://b:4318/v1/traces: 9 ended, 9 exported, 0 dropped
    /// }
    /// # Ok::<(), traced_worker_telemetry::InitError>(())
    /// ```
    #[must_use]
    pub fn further_exporters(&self) -> Vec<ExporterCounts> {
        match &*self.0.state() {
            State::Done(report) => report.further_exporters.clone(),
            State::Running | State::ShuttingDown => self.0.further_so_far(),
        }
    }

    /// Returns the address that spans are exported to over OTLP, without credentials and query; `None`
    /// if they are not. Of several exporters it is the first one's.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// let telemetry = traced_worker_telemetry::init()?;
    /// if let Some(endpoint) = telemetry.endpoint() {
    ///     println!("spans go to {endpoint}");
    /// }
    /// # Ok::<(), traced_worker_telemetry::InitError>(())
    /// ```
    #[must_use]
    pub fn endpoint(&self) -> Option<&str> {
        self.0.endpoint.as_deref()
    }

    /// Returns the tracer provider, which is also that of `opentelemetry::global`.
    ///
    /// If the SDK is disabled, it records nothing. Shut the telemetry down, not the provider: then
    /// open spans are waited for, and the spans are counted.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use opentelemetry::trace::{Tracer, TracerProvider};
    ///
    /// let telemetry = traced_worker_telemetry::init()?;
    /// let tracer = telemetry.tracer_provider().tracer("example");
    /// tracer.in_span("process_data", |_| { /* work */ });
    /// # Ok::<(), traced_worker_telemetry::InitError>(())
    /// ```
    #[must_use]
    pub fn tracer_provider(&self) -> &SdkTracerProvider {
        self.0.provider.get()
    }

    /// Returns the environment variables whose values are not valid, and were ignored.
    ///
    /// Each was warned of when the telemetry was set up.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// let telemetry = traced_worker_telemetry::init()?;
    /// for warning in telemetry.warnings() {
    ///     eprintln!("{warning}");
    /// }
    /// # Ok::<(), traced_worker_telemetry::InitError>(())
    /// ```
    #[must_use]
    pub fn warnings(&self) -> &[EnvironmentWarning] {
        &self.0.warnings
    }

    /// Waits until no sampled span is open, and returns how many are still open.
    ///
    /// A span that the calling thread itself has open is waited for, too. After a shutdown this
    /// returns at once.
    ///
    /// # Blocking
    ///
    /// Blocks until the last open span has ended, for at most `timeout`. It is woken by the end of
    /// that span; it does not poll.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use std::time::Duration;
    ///
    /// let telemetry = traced_worker_telemetry::init()?;
    /// let open = telemetry.wait_for_open_spans(Duration::from_secs(1));
    /// if open > 0 {
    ///     eprintln!("{open} spans are still open");
    /// }
    /// # Ok::<(), traced_worker_telemetry::InitError>(())
    /// ```
    #[expect(
        clippy::must_use_candidate,
        reason = "the wait is useful without the number"
    )]
    pub fn wait_for_open_spans(&self, timeout: Duration) -> u64 {
        self.0.counters.wait_for_open_spans(timeout)
    }

    /// Waits for open spans, flushes, shuts the SDK down, and returns the number of spans in each state.
    ///
    /// A quarter of `timeout`, at most 5 seconds, is kept for the flush: a span that does not end
    /// costs no other span. Only the first call shuts down; a later one returns the same counts with
    /// [`repeated`](TelemetryReport::repeated) set.
    ///
    /// # Blocking
    ///
    /// Blocks for at most `timeout`. It may be called on any thread; on a thread of an async runtime
    /// it blocks that thread. A call while another one shuts down waits for it, for at most its own
    /// `timeout`.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use std::time::Duration;
    ///
    /// let telemetry = traced_worker_telemetry::init()?;
    /// let report = telemetry.shutdown(Duration::from_secs(5));
    /// if !report.is_clean() {
    ///     eprintln!("spans: {report}");
    /// }
    /// # Ok::<(), traced_worker_telemetry::InitError>(())
    /// ```
    #[expect(
        clippy::must_use_candidate,
        reason = "a caller may have no use for the report"
    )]
    pub fn shutdown(&self, timeout: Duration) -> TelemetryReport {
        let start = Instant::now();
        if matches!(*self.0.state(), State::Running) {
            self.wait_for_open_spans(timeout.saturating_sub((timeout / 4).min(LONGEST_FLUSH)));
        }
        self.0.shut_down(start, timeout)
    }

    /// Flushes and shuts the SDK down without waiting for open spans.
    ///
    /// A shutdown that has its own steps between the two calls uses this after
    /// [`wait_for_open_spans`](Self::wait_for_open_spans). Spans that are still open are lost.
    ///
    /// # Blocking
    ///
    /// Blocks for at most `timeout`, as [`shutdown`](Self::shutdown) does.
    #[expect(
        clippy::must_use_candidate,
        reason = "a caller may have no use for the report"
    )]
    pub fn shutdown_now(&self, timeout: Duration) -> TelemetryReport {
        self.0.shut_down(Instant::now(), timeout)
    }
}

impl Inner {
    /// Shuts down once, within `timeout` from `start`.
    fn shut_down(&self, start: Instant, timeout: Duration) -> TelemetryReport {
        let mut state = self.state();
        match &*state {
            State::Running => *state = State::ShuttingDown,
            State::ShuttingDown | State::Done(_) => {
                return self.wait_for_report(state, start, timeout);
            }
        }
        drop(state);
        let report = self.stop(start, timeout);
        *self.state() = State::Done(report.clone());
        self.done.notify_all();
        report
    }

    /// Flushes, then stops the SDK.
    ///
    /// The flush comes first because the shutdown of the batch processor returns `Ok` even if its
    /// last export failed.
    fn stop(&self, start: Instant, timeout: Duration) -> TelemetryReport {
        let flushed = self.provider.flush(timeout.saturating_sub(start.elapsed()));
        let stopped = self.provider.stop(timeout.saturating_sub(start.elapsed()));
        self.counters.close();
        let error = match (flushed, stopped) {
            // The SDK's flush gives up early, and its shutdown goes on with the rest.
            (Ok(()) | Err(FlushError::TimedOut(_)), Ok(())) => None,
            (Ok(()), Err(error)) | (Err(error), _) => Some(error),
        };
        // The report counts all spans, so it has the reason of an export that failed long ago, too.
        let error = self.failed_since(&[]).err().or(error);
        let further: Vec<_> = self
            .further
            .iter()
            .map(FurtherExporter::at_shutdown)
            .collect();
        let error = error.or_else(|| further::lost(&further));
        TelemetryReport {
            spans: self.counters.at_shutdown(),
            further_exporters: further,
            flush_error: error.map(|error| match error {
                // The whole time, not the part of the last step.
                FlushError::TimedOut(_) => FlushError::TimedOut(timeout),
                error => error,
            }),
            repeated: false,
        }
    }

    /// Waits for the report of the shutdown that another call has begun.
    fn wait_for_report(
        &self,
        state: MutexGuard<'_, State>,
        start: Instant,
        timeout: Duration,
    ) -> TelemetryReport {
        let left = timeout.saturating_sub(start.elapsed());
        let waited = self
            .done
            .wait_timeout_while(state, left, |state| !matches!(state, State::Done(_)));
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        match &*state {
            State::Done(report) => TelemetryReport {
                repeated: true,
                ..report.clone()
            },
            State::Running | State::ShuttingDown => TelemetryReport {
                spans: self.counters.so_far(),
                further_exporters: self.further_so_far(),
                flush_error: Some(FlushError::TimedOut(timeout)),
                repeated: true,
            },
        }
    }

    /// Returns an error if an export has failed since the counts were `failed`, or ever if there are
    /// none: the SDK returns the result of its last batch only.
    fn failed_since(&self, failed: &[u64]) -> Result<(), FlushError> {
        let failed = failed.iter().copied().chain(std::iter::repeat(0));
        for (counters, failed) in self.all().zip(failed) {
            if let Some(reason) = counters.last_error()
                && counters.export_failed() > failed
            {
                return Err(FlushError::Failed(reason));
            }
        }
        Ok(())
    }

    /// Returns the counters of each exporter.
    fn all(&self) -> impl Iterator<Item = &Counters> {
        let further = self.further.iter().map(|it| &*it.counters);
        std::iter::once(&*self.counters).chain(further)
    }

    fn further_so_far(&self) -> Vec<ExporterCounts> {
        self.further.iter().map(FurtherExporter::so_far).collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if matches!(*self.state(), State::Running) {
            let report = self.stop(Instant::now(), DROP_TIMEOUT);
            if !report.is_clean() {
                warn(&format!(
                    "telemetry was dropped, and not all spans were exported ({report}). Call \
                     `shutdown` at the end of the program: it also waits for open spans."
                ));
            }
        }
    }
}

impl fmt::Debug for Telemetry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Telemetry")
            .field("spans", &self.spans())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
