//! The counts of the exporters behind the first one.

use std::fmt;
use std::sync::Arc;

use crate::counts::{Counters, SpanCounts};
use crate::error::FlushError;

/// The spans of one exporter behind the first one: see
/// [`Telemetry::further_exporters`](crate::Telemetry::further_exporters).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExporterCounts {
    /// The address that spans are exported to, without credentials and query.
    pub endpoint: String,
    /// The number of spans in each state, as far as this exporter is concerned.
    pub spans: SpanCounts,
}

impl fmt::Display for ExporterCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "to {}: {}", self.endpoint, self.spans)
    }
}

/// An exporter behind the first one, with counters of its own.
#[derive(Debug)]
pub(crate) struct FurtherExporter {
    pub(crate) endpoint: String,
    pub(crate) counters: Arc<Counters>,
}

impl FurtherExporter {
    pub(crate) fn so_far(&self) -> ExporterCounts {
        self.counts(self.counters.so_far())
    }

    pub(crate) fn at_shutdown(&self) -> ExporterCounts {
        self.counts(self.counters.at_shutdown())
    }

    fn counts(&self, spans: SpanCounts) -> ExporterCounts {
        ExporterCounts {
            endpoint: self.endpoint.clone(),
            spans,
        }
    }
}

/// Returns an error if an exporter has lost spans: its own report has no other sign of them.
pub(crate) fn lost(exporters: &[ExporterCounts]) -> Option<FlushError> {
    let exporter = exporters.iter().find(|it| it.spans.dropped > 0)?;
    Some(FlushError::Failed(exporter.to_string()))
}
