//! A variable whose value is not used.

use std::fmt;

/// A warning of an environment variable: its value is not valid, and is ignored; or a part of the file
/// that `OTEL_CONFIG_FILE` names is not supported.
///
/// The OpenTelemetry specification rules out that a program fails for that ("Error handling"). It
/// names the variable, its value unless that may hold a key, and the values that are valid.
///
/// # Examples
///
/// ```no_run
/// let telemetry = traced_worker_telemetry::init()?;
/// for warning in telemetry.warnings() {
///     eprintln!("{warning}"); // OTEL_TRACES_SAMPLER is "sometimes": expected always_on, ..
/// }
/// # Ok::<(), traced_worker_telemetry::InitError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct EnvironmentWarning {
    variable: &'static str,
    /// The part of the sentence behind the name.
    problem: String,
}

impl EnvironmentWarning {
    /// Returns the variable's name.
    #[must_use]
    pub fn variable(&self) -> &'static str {
        self.variable
    }

    pub(super) fn unexpected(variable: &'static str, value: &str, expected: &str) -> Self {
        Self::new(variable, format!("is {value:?}: expected {expected}"))
    }

    pub(crate) fn not_built_in(variable: &'static str, value: &str, feature: &str) -> Self {
        let problem = format!(
            "is {value:?}, but this program was built without the feature `{feature}` of \
             traced-worker-telemetry: turn it on, or unset the variable"
        );
        Self::new(variable, problem)
    }

    pub(super) fn not_unicode(variable: &'static str) -> Self {
        let problem = "has bytes that are not UTF-8: each is replaced by U+FFFD".to_owned();
        Self::new(variable, problem)
    }

    pub(crate) fn new(variable: &'static str, problem: String) -> Self {
        Self { variable, problem }
    }
}

impl fmt::Display for EnvironmentWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.variable, self.problem)
    }
}

impl fmt::Debug for EnvironmentWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
