//! The errors of setting telemetry up and of flushing it.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::environment::EnvironmentWarning;

/// An error of [`init`](crate::init): telemetry was not set up.
///
/// Its `Debug` output is that of `Display`, because `main` prints that.
#[non_exhaustive]
pub enum InitError {
    /// Environment variables have invalid values, and
    /// [`strict`](crate::Builder::strict) is set.
    Environment(Vec<EnvironmentWarning>),
    /// The file that `OTEL_CONFIG_FILE` names cannot be read, or is not valid.
    ConfigurationFile {
        /// The file.
        path: PathBuf,
        /// Its problems, each with its place.
        problems: Vec<String>,
    },
    /// The exporter could not be made.
    Exporter {
        /// The collector's address, and the variable or the place in a file that it is from.
        collector: String,
        /// The exporter's error.
        reason: String,
    },
    /// The thread that draws finished traces could not be started.
    Thread(io::Error),
}

impl fmt::Display for InitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment(warnings) => {
                for (index, warning) in warnings.iter().enumerate() {
                    let separator = if index == 0 { "" } else { "; " };
                    write!(f, "{separator}{warning}")?;
                }
                Ok(())
            }
            Self::ConfigurationFile { path, problems } => {
                write!(
                    f,
                    "OTEL_CONFIG_FILE {}: {}",
                    path.display(),
                    problems.join("; ")
                )
            }
            Self::Exporter { collector, reason } => {
                write!(f, "no exporter to {collector}: {reason}")
            }
            Self::Thread(error) => write!(f, "no thread to draw traces on: {error}"),
        }
    }
}

impl fmt::Debug for InitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
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
///
/// Its `Debug` output is that of `Display`, because `main` prints that.
#[derive(Clone, PartialEq, Eq)]
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

impl fmt::Debug for FlushError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for FlushError {}
