//! The report of a shutdown.

use std::fmt;

use crate::counts::SpanCounts;
use crate::error::FlushError;

/// The result of [`Telemetry::shutdown`](crate::Telemetry::shutdown).
///
/// It prints as one line:
///
/// ```text
/// 9 ended, 9 exported, 0 dropped
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TelemetryReport {
    /// The number of spans in each state.
    pub spans: SpanCounts,
    /// The reason why spans were lost: the last error of the exporter, or of the flush.
    pub flush_error: Option<FlushError>,
    /// `true` if the telemetry was shut down before. Then the other fields are those of the
    /// first shutdown.
    pub repeated: bool,
}

impl TelemetryReport {
    /// Returns whether every span has ended and was delivered.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.spans.dropped == 0 && self.spans.open == 0 && self.flush_error.is_none()
    }
}

impl fmt::Display for TelemetryReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.spans)?;
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
