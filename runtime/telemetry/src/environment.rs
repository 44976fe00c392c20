//! Reads the environment variables, and refuses values that the SDK would ignore or replace.

mod collector;
mod exporters;
mod values;

use crate::error::InitError;

pub(crate) use self::collector::Collector;
#[cfg(feature = "otlp")]
pub(crate) use self::collector::Protocol;
pub(crate) use self::exporters::Exporters;
pub(crate) use self::values::Propagator;

/// The settings that the SDK does not read by itself.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) exporters: Exporters,
    pub(crate) propagators: Vec<Propagator>,
    /// The number of spans in the export queue at most.
    pub(crate) queue_size: usize,
}

/// A variable and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Variable {
    pub(crate) name: &'static str,
    pub(crate) value: String,
}

impl Variable {
    fn refuse<T>(self, expected: &'static str) -> Result<T, InitError> {
        Err(InitError::InvalidVariable {
            variable: self.name,
            value: self.value,
            expected,
        })
    }
}

/// Reads the environment through `lookup`. Returns `None` if the SDK is disabled.
pub(crate) fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Option<Settings>, InitError> {
    let environment = Environment(&lookup);
    // The specification's rule for booleans: every value but `true` is false.
    if environment
        .get("OTEL_SDK_DISABLED")
        .is_some_and(|it| it.value.eq_ignore_ascii_case("true"))
    {
        return Ok(None);
    }
    values::check_sampler(&environment)?;
    values::check_numbers(&environment)?;
    values::check_attributes(&environment)?;
    Ok(Some(Settings {
        exporters: exporters::read(&environment)?,
        propagators: values::propagators(&environment)?,
        queue_size: values::queue_size(&environment)?,
    }))
}

/// Returns a variable of the process. Bytes that are not Unicode are replaced, and then refused.
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}

/// The variables. An empty one counts as not set.
struct Environment<'a>(&'a dyn Fn(&str) -> Option<String>);

impl Environment<'_> {
    fn get(&self, name: &'static str) -> Option<Variable> {
        let value = (self.0)(name).filter(|value| !value.is_empty())?;
        Some(Variable { name, value })
    }

    /// Returns the first one that is set.
    fn first(&self, names: [&'static str; 2]) -> Option<Variable> {
        names.into_iter().find_map(|name| self.get(name))
    }
}

#[cfg(all(test, feature = "otlp", feature = "waterfall"))]
mod tests;
