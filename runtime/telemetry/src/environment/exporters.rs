//! `OTEL_TRACES_EXPORTER`: the exporters.

#[cfg(feature = "otlp")]
use super::collector;
use super::{Environment, EnvironmentWarning, Variable, names};
use crate::settings::{Exporters, Otlp};

const EXPECTED: &str = "otlp, console, both with a comma between them, or none alone";

/// In the order of precedence.
pub(super) const ENDPOINTS: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exporter {
    Otlp,
    Console,
}

/// Without the variable, an endpoint means `otlp` and no endpoint means `console`: a user who sets
/// nothing has no collector.
///
/// An exporter that is set in code takes the place of the collector.
pub(super) fn read(environment: &Environment<'_>, has_exporter: bool) -> Exporters {
    let listed = environment
        .get("OTEL_TRACES_EXPORTER")
        .and_then(|variable| {
            let names = names::read(environment, &variable, |name| parse(&variable, name))?;
            Some((names, variable))
        });
    if let Some((names, variable)) = listed {
        let otlp = if !names.contains(&Exporter::Otlp) {
            Otlp::Off
        } else if has_exporter {
            Otlp::InCode
        } else {
            otlp(environment, &variable)
        };
        return Exporters::new(names.contains(&Exporter::Console), otlp);
    }
    if has_exporter {
        return Exporters::new(false, Otlp::InCode);
    }
    match ENDPOINTS.into_iter().find_map(|name| environment.get(name)) {
        Some(endpoint) => Exporters::new(false, otlp(environment, &endpoint)),
        None => Exporters::new(true, Otlp::Off),
    }
}

fn parse(variable: &Variable, name: &str) -> Result<Exporter, EnvironmentWarning> {
    match name {
        "otlp" => Ok(Exporter::Otlp),
        "console" if cfg!(feature = "waterfall") => Ok(Exporter::Console),
        "console" => Err(EnvironmentWarning::not_built_in(
            variable.name,
            &variable.value,
            "waterfall",
        )),
        _ => Err(variable.unexpected(EXPECTED)),
    }
}

#[cfg(feature = "otlp")]
fn otlp(environment: &Environment<'_>, requested_by: &Variable) -> Otlp {
    match collector::read(environment, requested_by.name) {
        Ok(collector) => Otlp::To(Box::new(collector)),
        Err(warning) => unavailable(environment, warning),
    }
}

#[cfg(not(feature = "otlp"))]
fn otlp(environment: &Environment<'_>, requested_by: &Variable) -> Otlp {
    let name = requested_by.name;
    // An address may hold credentials.
    let value = if name == "OTEL_TRACES_EXPORTER" {
        "otlp"
    } else {
        ".."
    };
    unavailable(
        environment,
        EnvironmentWarning::not_built_in(name, value, "otlp"),
    )
}

/// Spans that are to be exported and cannot be are counted as lost, and not shown elsewhere.
fn unavailable(environment: &Environment<'_>, warning: EnvironmentWarning) -> Otlp {
    let reason = warning.to_string();
    environment.warn(warning);
    Otlp::Unavailable(reason)
}
