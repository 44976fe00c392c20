//! What can go wrong with telemetry.

use std::error::Error;
use std::fmt;
use std::io;
use std::time::Duration;

use super::report::ShutdownReport;

/// Telemetry could not be set up.
#[derive(Debug)]
#[non_exhaustive]
pub enum InitError {
    /// A variable's value cannot be meant.
    InvalidVariable {
        /// The variable's name.
        variable: &'static str,
        /// Its value.
        value: String,
        /// What would be right.
        expected: &'static str,
    },
    /// A variable asks for an export over OTLP, which this program was built without.
    OtlpNotBuiltIn {
        /// The variable's name.
        variable: &'static str,
        /// Its value.
        value: String,
    },
    /// The exporter for the endpoint could not be built.
    Exporter {
        /// The variable that named the endpoint.
        variable: &'static str,
        /// Its value.
        value: String,
        /// What the exporter said.
        reason: String,
    },
    /// The thread that draws the pictures could not be started.
    Thread(io::Error),
}

impl fmt::Display for InitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidVariable {
                variable,
                value,
                expected,
            } => {
                write!(f, "{variable} is {value:?}: expected {expected}")
            }
            Self::OtlpNotBuiltIn { variable, value } => write!(
                f,
                "{variable} is {value:?}, but this program was built without OTLP: build \
                 traced-worker with its feature `otlp`, or unset the variable"
            ),
            Self::Exporter {
                variable,
                value,
                reason,
            } => {
                write!(f, "no exporter for {variable} = {value:?}: {reason}")
            }
            Self::Thread(error) => write!(f, "no thread to draw the traces on: {error}"),
        }
    }
}

impl Error for InitError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Thread(error) => Some(error),
            _ => None,
        }
    }
}

/// Spans that had ended were not all drawn or exported.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FlushError {
    /// An export failed.
    Failed(String),
    /// It took longer than this.
    TimedOut(Duration),
    /// The telemetry had been closed before.
    AlreadyShutdown,
}

impl fmt::Display for FlushError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(reason) => write!(f, "spans were lost: {reason}"),
            Self::TimedOut(after) => write!(f, "spans were still being written after {after:?}"),
            Self::AlreadyShutdown => {
                f.write_str("telemetry was shut down before: flush first, then shut down")
            }
        }
    }
}

impl Error for FlushError {}

/// Telemetry did not end well: the last spans were not all drawn or exported. Everything is shut
/// down all the same.
#[derive(Clone, Debug)]
pub struct ShutdownError(Box<ShutdownReport>);

impl ShutdownError {
    pub(super) fn new(report: ShutdownReport) -> Self {
        Self(Box::new(report))
    }

    /// What became of the messages and the spans.
    #[must_use]
    pub fn report(&self) -> &ShutdownReport {
        &self.0
    }
}

impl fmt::Display for ShutdownError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "telemetry did not end well: {}", self.0)
    }
}

impl Error for ShutdownError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.flush_error.as_ref().map(|error| error as _)
    }
}
