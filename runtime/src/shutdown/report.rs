//! The report of a shutdown.

use std::fmt;
use std::process::ExitCode;

use crate::pool::PoolReport;

/// A report of a [`Shutdown`](crate::Shutdown): jobs, spans, and what failed or timed out.
///
/// `Display` is one line:
///
/// ```text
/// 7 completed, 1 failed, 0 panicked, 0 abandoned; spans: 9 ended, 9 exported, 0 dropped
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShutdownReport {
    /// The figures of all pools together.
    pub jobs: PoolReport,
    /// The counts of the spans; `None` without telemetry.
    #[cfg(feature = "telemetry")]
    #[cfg_attr(docsrs, doc(cfg(feature = "telemetry")))]
    pub spans: Option<crate::telemetry::SpanCounts>,
    /// The steps that failed or timed out, in their order.
    pub errors: Vec<StepError>,
    /// `true` if the shutdown, or one of its pools, was shut down before.
    pub repeated: bool,
}

impl ShutdownReport {
    /// Returns `true` if every message was run, every span was exported and no step failed.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.jobs.is_clean() && self.errors.is_empty() && self.spans_are_clean()
    }

    /// Returns `true` if a step timed out.
    #[must_use]
    pub fn timed_out(&self) -> bool {
        let mut kinds = self.errors.iter().map(|error| &error.kind);
        kinds.any(|kind| *kind == StepErrorKind::TimedOut)
    }

    /// Returns the exit code of the program: a failure if messages still run, or if a step failed.
    ///
    /// A step that only delivers telemetry is left out: a collector that is down is no failure of a
    /// program that did its work. `Display` names what was lost.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        if self.is_success() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }

    fn is_success(&self) -> bool {
        let delivers = |step| matches!(step, ShutdownStep::Telemetry | ShutdownStep::Provider);
        self.jobs.running == 0 && self.errors.iter().all(|error| delivers(error.step))
    }

    #[cfg(feature = "telemetry")]
    pub(super) fn flushed(&mut self, telemetry: crate::telemetry::TelemetryReport) {
        self.spans = Some(telemetry.spans);
        self.repeated |= telemetry.repeated;
        if let Some(error) = telemetry.flush_error {
            self.errors.push(StepError {
                step: ShutdownStep::Telemetry,
                kind: StepErrorKind::Failed(error.to_string()),
            });
        }
    }

    #[cfg(feature = "telemetry")]
    fn spans_are_clean(&self) -> bool {
        self.spans
            .is_none_or(|spans| spans.dropped == 0 && spans.open == 0)
    }

    #[cfg(not(feature = "telemetry"))]
    #[expect(clippy::unused_self, reason = "it has spans with the feature")]
    fn spans_are_clean(&self) -> bool {
        true
    }
}

impl fmt::Display for ShutdownReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let jobs = PoolReport {
            repeated: false,
            ..self.jobs
        };
        write!(f, "{jobs}")?;
        #[cfg(feature = "telemetry")]
        if let Some(spans) = &self.spans {
            write!(f, "; spans: {spans}")?;
        }
        for error in &self.errors {
            write!(f, "; {error}")?;
        }
        if self.repeated {
            f.write_str(" (was shut down before)")?;
        }
        Ok(())
    }
}

/// An error of one step of a shutdown.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct StepError {
    /// The step.
    pub step: ShutdownStep,
    /// The kind of the error.
    pub kind: StepErrorKind,
}

/// A step of a shutdown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ShutdownStep {
    /// A step that was added by [`before`](crate::ShutdownBuilder::before).
    Before,
    /// A pool.
    Pool,
    /// The wait for spans that are still open.
    OpenSpans,
    /// The flush and the shutdown of the telemetry.
    Telemetry,
    /// A provider that was added by [`provider`](crate::ShutdownBuilder::provider).
    Provider,
    /// A step that was added by [`then`](crate::ShutdownBuilder::then).
    Then,
}

/// The kind of a [`StepError`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StepErrorKind {
    /// The step had not ended when the shutdown's timeout was over.
    TimedOut,
    /// The step panicked, with this message.
    Panicked(String),
    /// The step returned an error, with this text.
    Failed(String),
}

impl fmt::Display for StepError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let step = match self.step {
            ShutdownStep::Before => "a step before",
            ShutdownStep::Pool => "a pool",
            ShutdownStep::OpenSpans => "the wait for open spans",
            ShutdownStep::Telemetry => "telemetry",
            ShutdownStep::Provider => "a provider",
            ShutdownStep::Then => "a step after",
        };
        match &self.kind {
            StepErrorKind::TimedOut => write!(f, "{step} timed out"),
            StepErrorKind::Panicked(message) => write!(f, "{step} panicked: {message}"),
            StepErrorKind::Failed(error) => write!(f, "{step}: {error}"),
        }
    }
}

impl std::error::Error for StepError {}
