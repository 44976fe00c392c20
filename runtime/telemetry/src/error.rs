//! The errors of setting telemetry up and of flushing it.

use std::error::Error;
use std::fmt;
use std::io;
use std::time::Duration;

/// An error of [`init`](crate::init): telemetry was not set up.
#[derive(Debug)]
#[non_exhaustive]
pub enum InitError {
    /// An environment variable has an invalid value.
    InvalidVariable {
        /// The variable's name.
        variable: &'static str,
        /// Its value.
        value: String,
        /// The values that are valid.
        expected: &'static str,
    },
    /// An environment variable requires a feature that this program was built without.
    NotBuiltIn {
        /// The variable's name.
        variable: &'static str,
        /// Its value.
        value: String,
        /// The missing feature.
        feature: &'static str,
    },
    /// The exporter for the endpoint could not be built.
    Exporter {
        /// The variable that named the endpoint.
        variable: &'static str,
        /// Its value.
        value: String,
        /// The exporter's error.
        reason: String,
    },
    /// The thread that draws finished traces could not be started.
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
            Self::NotBuiltIn {
                variable,
                value,
                feature,
            } => write!(
                f,
                "{variable} is {value:?}, but this program was built without the feature \
                 `{feature}` of traced-worker-telemetry: turn it on, or unset the variable"
            ),
            Self::Exporter {
                variable,
                value,
                reason,
            } => {
                write!(f, "no exporter for {variable} = {value:?}: {reason}")
            }
            Self::Thread(error) => write!(f, "no thread to draw traces on: {error}"),
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

/// An error of [`Telemetry::flush`](crate::Telemetry::flush): spans that had ended were not all
/// drawn or exported.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FlushError {
    /// An export failed, for this reason.
    Failed(String),
    /// The flush took longer than this.
    TimedOut(Duration),
    /// The telemetry had been shut down before.
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
