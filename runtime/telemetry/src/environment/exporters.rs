//! `OTEL_TRACES_EXPORTER`: the exporters.

use super::collector::{self, Collector};
use super::{Environment, InitError, values};

const VARIABLE: &str = "OTEL_TRACES_EXPORTER";
const ALLOWED: &str = "otlp, console, both with a comma between them, or none alone";

/// The exporters: neither if the variable is `none`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Exporters {
    /// `true` if traces are drawn in the terminal.
    pub(crate) console: bool,
    /// The collector, if spans are exported to one.
    pub(crate) otlp: Option<Collector>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exporter {
    Otlp,
    Console,
}

/// Without the variable, an endpoint means `otlp` and no endpoint means `console`: a user who sets
/// nothing has no collector.
pub(super) fn read(environment: &Environment<'_>) -> Result<Exporters, InitError> {
    let Some(variable) = environment.get(VARIABLE) else {
        let endpoint = collector::endpoint(environment);
        return Ok(Exporters {
            console: endpoint.is_none() && cfg!(feature = "waterfall"),
            otlp: endpoint
                .map(|endpoint| collector::read(environment, Some(endpoint.clone()), endpoint))
                .transpose()?,
        });
    };
    let parse = |name: &str| match name {
        "otlp" => Some(Exporter::Otlp),
        "console" => Some(Exporter::Console),
        _ => None,
    };
    let names = values::names(&variable, parse, ALLOWED)?;
    let console = names.contains(&Exporter::Console);
    if console && !cfg!(feature = "waterfall") {
        return Err(InitError::NotBuiltIn {
            variable: variable.name,
            value: variable.value,
            feature: "waterfall",
        });
    }
    let otlp = names
        .contains(&Exporter::Otlp)
        .then(|| collector::read(environment, collector::endpoint(environment), variable));
    Ok(Exporters {
        console,
        otlp: otlp.transpose()?,
    })
}
