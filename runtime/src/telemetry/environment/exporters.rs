//! `OTEL_TRACES_EXPORTER`: where spans go.

use super::collector::{self, Collector};
use super::{Environment, InitError, lists};

const VARIABLE: &str = "OTEL_TRACES_EXPORTER";
const ALLOWED: &str = "otlp, console, both with a comma between them, or none";

/// Where spans go; to neither where the variable says `none`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in super::super) struct Exporters {
    /// To the terminal, as a picture.
    pub(in super::super) console: bool,
    /// To a collector.
    pub(in super::super) otlp: Option<Collector>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exporter {
    Otlp,
    Console,
    Nothing,
}

/// Where the variable is not set, an endpoint means `otlp`, and no endpoint the picture: somebody
/// who sets nothing has no collector.
pub(super) fn read(environment: &Environment<'_>) -> Result<Exporters, InitError> {
    let Some(variable) = environment.get(VARIABLE) else {
        let endpoint = collector::endpoint(environment);
        return Ok(Exporters {
            console: endpoint.is_none(),
            otlp: endpoint
                .map(|endpoint| collector::read(environment, Some(endpoint.clone()), endpoint))
                .transpose()?,
        });
    };
    let named = lists::named(&variable, parse, ALLOWED)?;
    if named.contains(&Exporter::Nothing) && named.len() > 1 {
        return variable.refuse("none alone, or what is to export: otlp, console or both");
    }
    let otlp = named
        .contains(&Exporter::Otlp)
        .then(|| collector::read(environment, collector::endpoint(environment), variable));
    Ok(Exporters {
        console: named.contains(&Exporter::Console),
        otlp: otlp.transpose()?,
    })
}

fn parse(name: &str) -> Option<Exporter> {
    match name {
        "otlp" => Some(Exporter::Otlp),
        "console" => Some(Exporter::Console),
        "none" => Some(Exporter::Nothing),
        _ => None,
    }
}
