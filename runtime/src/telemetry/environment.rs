//! What the environment says about telemetry.

mod collector;
mod exporters;
mod lists;
mod numbers;
mod propagators;
mod sampler;

use super::error::InitError;

pub(super) use self::collector::Collector;
#[cfg(any(feature = "otlp", test))]
pub(super) use self::collector::Protocol;
pub(super) use self::exporters::Exporters;
pub(super) use self::propagators::Propagator;

/// What the SDK is to be set up with.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Settings {
    pub(super) exporters: Exporters,
    pub(super) propagators: Vec<Propagator>,
    /// How many spans wait for the exporter at most.
    pub(super) queue: usize,
}

/// A variable and what it is set to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Variable {
    pub(super) name: &'static str,
    pub(super) value: String,
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

/// Reads the environment through `lookup`, and refuses what the SDK would ignore or replace without
/// a word. `None` where the SDK is disabled.
pub(super) fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Option<Settings>, InitError> {
    let environment = Environment(&lookup);
    // The specification's rule for booleans: everything but `true` is false.
    if environment
        .get("OTEL_SDK_DISABLED")
        .is_some_and(|it| it.value.eq_ignore_ascii_case("true"))
    {
        return Ok(None);
    }
    sampler::check(&environment)?;
    numbers::check(&environment)?;
    lists::check_attributes(&environment)?;
    Ok(Some(Settings {
        exporters: exporters::read(&environment)?,
        propagators: propagators::read(&environment)?,
        queue: numbers::queue(&environment)?,
    }))
}

/// A variable of the process; what is not Unicode is replaced, and then refused where it matters.
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}

/// The variables, of which those that are set to nothing count as not set.
struct Environment<'a>(&'a dyn Fn(&str) -> Option<String>);

impl Environment<'_> {
    fn get(&self, name: &'static str) -> Option<Variable> {
        let value = (self.0)(name).filter(|value| !value.is_empty())?;
        Some(Variable { name, value })
    }

    /// The first of them that is set.
    fn first(&self, names: [&'static str; 2]) -> Option<Variable> {
        names.into_iter().find_map(|name| self.get(name))
    }
}

#[cfg(test)]
mod tests;
