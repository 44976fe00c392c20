//! What became of everything, in figures and as one line.

use std::fmt;
use std::process::ExitCode;

use super::error::FlushError;
use crate::pool::Report;

/// What became of the spans: see [`Telemetry::spans`](super::Telemetry::spans).
///
/// Only sampled spans count. After a shutdown `ended` = `exported` + `dropped`, and `dropped` =
/// `no_room` + `failed` + `unsent`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Spans {
    /// Spans that have ended.
    pub ended: u64,
    /// Spans that the collector said it took; those that were given to the picture, where there is
    /// no collector.
    pub exported: u64,
    /// Spans that are lost.
    pub dropped: u64,
    /// Of those, the ones that found the exporter's queue full: where the telemetry was told to
    /// [`wait_for_exporter`](super::Builder::wait_for_exporter), after they waited for nothing.
    pub no_room: u64,
    /// Of those, the ones that the exporter gave up on, after the retries that OTLP allows.
    pub failed: u64,
    /// Of those, the ones that the shutdown's deadline left in the queue, or on their way. Zero
    /// before the shutdown.
    pub unsent: u64,
    /// Spans that have started and not ended. After a shutdown they are lost, too.
    pub open: u64,
}

impl fmt::Display for Spans {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} ended, {} exported, {} dropped",
            self.ended, self.exported, self.dropped
        )?;
        let reasons = [
            (self.no_room, "found no room"),
            (self.failed, "failed to export"),
            (self.unsent, "not sent in time"),
        ];
        let mut before = " (";
        for (spans, reason) in reasons.into_iter().filter(|(spans, _)| *spans > 0) {
            write!(f, "{before}{spans} {reason}")?;
            before = ", ";
        }
        if before == ", " {
            f.write_str(")")?;
        }
        if self.open > 0 {
            write!(f, ", {} still open", self.open)?;
        }
        Ok(())
    }
}

/// What became of the messages and the spans: what
/// [`Telemetry::shutdown`](super::Telemetry::shutdown) and [`Shutdown`](crate::Shutdown) say.
///
/// It prints as one line:
///
/// ```text
/// 7 completed, 1 failed, 0 panicked, 0 abandoned; spans: 9 ended, 9 exported, 0 dropped
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShutdownReport {
    /// Runs that returned, and returned no `Err`.
    pub completed: u64,
    /// Runs that returned an `Err`.
    pub failed: u64,
    /// Runs that panicked.
    pub panicked: u64,
    /// Messages that were still queued at the deadline, or whose dispatch came too late to be run
    /// and too early to be told so.
    pub abandoned: u64,
    /// Messages that were still being run at the deadline.
    pub running: u64,
    /// Whether the deadline came before the pools had run what they had accepted.
    pub timed_out: bool,
    /// What became of the spans.
    pub spans: Spans,
    /// Why the last spans were not all drawn or exported.
    pub flush_error: Option<FlushError>,
    /// Whether it had been shut down before: then the figures are those of that time.
    pub repeated: bool,
}

impl ShutdownReport {
    /// `in_time`: whether the pools were left time.
    pub(crate) fn new(
        jobs: Report,
        in_time: bool,
        spans: Spans,
        flush_error: Option<FlushError>,
    ) -> Self {
        // What ended a pool the time before is not known.
        let in_time = in_time && !jobs.repeated;
        Self {
            completed: jobs.completed,
            failed: jobs.failed,
            panicked: jobs.panicked,
            abandoned: jobs.abandoned,
            running: jobs.running,
            timed_out: !in_time && !jobs.is_clean(),
            spans,
            flush_error,
            repeated: jobs.repeated,
        }
    }

    /// Whether every message was run to its end, and every span delivered.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.abandoned + self.running + self.spans.dropped + self.spans.open == 0
            && self.flush_error.is_none()
    }

    /// What the program ends with: success where the pools ended before the deadline.
    ///
    /// A collector that is down does not make a failure of a program that did its work; the line
    /// that this prints says what was lost.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        if self.is_drained() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }

    fn is_drained(&self) -> bool {
        !self.timed_out && self.running == 0
    }
}

impl fmt::Display for ShutdownReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} completed, {} failed, {} panicked, {} abandoned",
            self.completed, self.failed, self.panicked, self.abandoned
        )?;
        if self.running > 0 {
            write!(f, ", {} still running", self.running)?;
        }
        if self.timed_out {
            f.write_str(" (the time was up)")?;
        }
        write!(f, "; spans: {}", self.spans)?;
        if let Some(error) = &self.flush_error {
            write!(f, "; {error}")?;
        }
        if self.repeated {
            f.write_str(" (was shut down before)")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
