//! `propagator`.

use super::property::Property;
use crate::lists;
use crate::settings::Propagator;

const EXPECTED: &str = "tracecontext or baggage (another propagator is set in code, with \
                        opentelemetry::global)";

/// Returns the propagators of both properties, each once: none if there is no such section.
pub(super) fn read(property: Option<Property<'_>>) -> Vec<Propagator> {
    let mut propagators = Vec::new();
    let mut add = |propagator| {
        if !propagators.contains(&propagator) {
            propagators.push(propagator);
        }
    };
    let Some(mut section) = property.and_then(|it| it.mapping()) else {
        return Vec::new();
    };
    if let Some(composite) = section.get("composite") {
        for (name, options) in composite.items().iter().filter_map(Property::component) {
            match parse(name) {
                Some(propagator) => {
                    options.empty();
                    add(propagator);
                }
                None => options.no_component(EXPECTED),
            }
        }
    }
    if let Some(list) = section.get("composite_list")
        && let Some(text) = list.text()
    {
        // The format of OTEL_PROPAGATORS, whose names are read in any case.
        for name in lists::entries(text).map(str::to_ascii_lowercase) {
            match parse(&name) {
                Some(propagator) => add(propagator),
                None if name == "none" => {}
                None => list.unexpected(EXPECTED),
            }
        }
    }
    section.finish();
    propagators
}

fn parse(name: &str) -> Option<Propagator> {
    match name {
        "tracecontext" => Some(Propagator::TraceContext),
        "baggage" => Some(Propagator::Baggage),
        _ => None,
    }
}
