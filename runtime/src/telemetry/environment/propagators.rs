//! `OTEL_PROPAGATORS`: what the global propagator speaks.

use super::{Environment, InitError, lists};

const ALLOWED: &str = "tracecontext, baggage, both with a comma between them, or none (another \
                       propagator is set in code, with opentelemetry::global)";

/// One of the W3C's propagators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Propagator {
    TraceContext,
    Baggage,
}

/// None of them where the variable says `none`.
pub(super) fn read(environment: &Environment<'_>) -> Result<Vec<Propagator>, InitError> {
    let Some(variable) = environment.get("OTEL_PROPAGATORS") else {
        return Ok(vec![Propagator::TraceContext, Propagator::Baggage]);
    };
    let named = lists::named(&variable, parse, ALLOWED)?;
    if named.contains(&None) && named.len() > 1 {
        return variable.refuse("none alone, or tracecontext, baggage or both");
    }
    Ok(named.into_iter().flatten().collect())
}

/// The outer `None`: unknown; the inner one: `none`.
#[expect(clippy::option_option, reason = "`none` is a name of its own")]
fn parse(name: &str) -> Option<Option<Propagator>> {
    match name {
        "tracecontext" => Some(Some(Propagator::TraceContext)),
        "baggage" => Some(Some(Propagator::Baggage)),
        "none" => Some(None),
        _ => None,
    }
}
