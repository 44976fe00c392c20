//! The environment variables, each read once: what is valid is handed to the SDK in code, and what is
//! not is warned of and counts as not set.

#[cfg(feature = "otlp")]
mod collector;
mod exporters;
#[cfg(feature = "otlp")]
mod headers;
mod names;
mod numbers;
mod propagators;
mod resource;
mod sampler;
mod warning;

use std::cell::RefCell;
use std::ffi::OsString;

pub use self::warning::EnvironmentWarning;
use crate::settings::{Processing, Settings};

/// Reads the environment through `lookup`. Returns no settings if the SDK is disabled. `has_exporter`
/// is true if one is set in code.
pub(crate) fn read(
    lookup: impl Fn(&str) -> Option<OsString>,
    has_exporter: bool,
) -> (Option<Settings>, Vec<EnvironmentWarning>) {
    let environment = Environment {
        lookup: &lookup,
        warnings: RefCell::default(),
    };
    let settings = (!is_disabled(&environment)).then(|| Settings {
        exporters: exporters::read(&environment, has_exporter),
        propagators: propagators::read(&environment),
        sampler: sampler::read(&environment).map(Into::into),
        limits: numbers::limits(&environment),
        processing: Processing::Batch(numbers::batch(&environment)),
        resource: resource::read(&environment),
        is_no_op: false,
        fails_fast: false,
        has_random_ids: false,
    });
    (settings, environment.warnings.into_inner())
}

/// OpenTelemetry specification, "Environment Variables", "Boolean": every value but `true`, in any
/// case, is false.
fn is_disabled(environment: &Environment<'_>) -> bool {
    let Some(variable) = environment.get("OTEL_SDK_DISABLED") else {
        return false;
    };
    let is_true = variable.value.eq_ignore_ascii_case("true");
    if !is_true && !variable.value.eq_ignore_ascii_case("false") {
        environment.warn(variable.unexpected("true or false"));
    }
    is_true
}

/// The variables, and the warnings of those that were read.
struct Environment<'a> {
    lookup: &'a dyn Fn(&str) -> Option<OsString>,
    warnings: RefCell<Vec<EnvironmentWarning>>,
}

impl Environment<'_> {
    /// Returns a variable. An empty one counts as not set: OpenTelemetry specification, "Environment
    /// Variables", "Parsing Empty Value".
    fn get(&self, name: &'static str) -> Option<Variable> {
        let value = (self.lookup)(name).filter(|value| !value.is_empty())?;
        let value = value.into_string().unwrap_or_else(|bytes| {
            self.warn(EnvironmentWarning::not_unicode(name));
            bytes.to_string_lossy().into_owned()
        });
        Some(Variable { name, value })
    }

    /// Returns the first one that is set.
    #[cfg(feature = "otlp")]
    fn first(&self, names: [&'static str; 2]) -> Option<Variable> {
        names.into_iter().find_map(|name| self.get(name))
    }

    /// Adds a warning, once.
    fn warn(&self, warning: EnvironmentWarning) {
        let mut warnings = self.warnings.borrow_mut();
        if !warnings.contains(&warning) {
            warnings.push(warning);
        }
    }
}

/// A variable that is set.
struct Variable {
    name: &'static str,
    value: String,
}

impl Variable {
    fn unexpected(&self, expected: &str) -> EnvironmentWarning {
        EnvironmentWarning::unexpected(self.name, &self.value, expected)
    }
}

#[cfg(all(test, feature = "otlp", feature = "waterfall"))]
mod tests;
