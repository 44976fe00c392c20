//! The report of a shutdown.

use std::fmt;

use crate::counts::SpanCounts;
use crate::error::FlushError;
use crate::further::ExporterCounts;

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
    /// The number of spans in each state. Of several exporters these are the first one's.
    pub spans: SpanCounts,
    /// The same for each exporter behind the first one.
    pub further_exporters: Vec<ExporterCounts>,
    /// The reason why spans were lost: the last error of the exporter, or of the flush.
    pub flush_error: Option<FlushError>,
    /// `true` if the telemetry was shut down before. Then the other fields are those of the
    /// first shutdown.
    pub repeated: bool,
}

impl TelemetryReport {
    /// Returns whether every span has ended and was delivered, by each exporter.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        let further = self.further_exporters.iter().map(|it| it.spans);
        let mut all = further.chain([self.spans]);
        self.flush_error.is_none() && all.all(|it| it.dropped == 0 && it.open == 0)
    }
}

impl fmt::Display for TelemetryReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.spans)?;
        for exporter in &self.further_exporters {
            write!(f, "; {exporter}")?;
        }
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
