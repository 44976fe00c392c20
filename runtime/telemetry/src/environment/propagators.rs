//! `OTEL_PROPAGATORS`.

use super::{Environment, names};
use crate::settings::Propagator;

const EXPECTED: &str = "tracecontext, baggage, both with a comma between them, or none alone \
                        (another propagator is set in code, with opentelemetry::global)";

/// Returns the propagators: none if the list is `none`.
pub(super) fn read(environment: &Environment<'_>) -> Vec<Propagator> {
    let listed = environment.get("OTEL_PROPAGATORS").and_then(|variable| {
        names::read(environment, &variable, |name| match name {
            "tracecontext" => Ok(Propagator::TraceContext),
            "baggage" => Ok(Propagator::Baggage),
            _ => Err(variable.unexpected(EXPECTED)),
        })
    });
    listed.unwrap_or_else(|| vec![Propagator::TraceContext, Propagator::Baggage])
}
