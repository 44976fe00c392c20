//! The values of variables: lists, numbers, the sampler, the propagators.

use super::{Environment, InitError, Variable};

const QUEUE_SIZE: &str = "OTEL_BSP_MAX_QUEUE_SIZE";
const DEFAULT_QUEUE_SIZE: usize = 2048;

/// Zero is no size and no delay.
const POSITIVE: [&str; 5] = [
    QUEUE_SIZE,
    "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
    "OTEL_BSP_SCHEDULE_DELAY",
    "OTEL_BSP_EXPORT_TIMEOUT",
    "OTEL_BSP_MAX_CONCURRENT_EXPORTS",
];
const LIMITS: [&str; 3] = [
    "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT",
    "OTEL_SPAN_EVENT_COUNT_LIMIT",
    "OTEL_SPAN_LINK_COUNT_LIMIT",
];

const PROPAGATORS: &str = "tracecontext, baggage, both with a comma between them, or none alone \
                           (another propagator is set in code, with opentelemetry::global)";

/// A propagator of the W3C.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Propagator {
    TraceContext,
    Baggage,
}

pub(super) fn check_numbers(environment: &Environment<'_>) -> Result<(), InitError> {
    check_positive(environment, &POSITIVE, "a number from 1 to 4294967295")?;
    for variable in LIMITS.iter().filter_map(|name| environment.get(name)) {
        if variable.value.parse::<u32>().is_err() {
            return variable.refuse("a number from 0 to 4294967295");
        }
    }
    Ok(())
}

pub(super) fn check_positive(
    environment: &Environment<'_>,
    names: &[&'static str],
    expected: &'static str,
) -> Result<(), InitError> {
    for variable in names.iter().filter_map(|name| environment.get(name)) {
        if !variable.value.parse::<u32>().is_ok_and(|number| number > 0) {
            return variable.refuse(expected);
        }
    }
    Ok(())
}

/// Returns the size of the export queue: the same that the SDK reads.
pub(super) fn queue_size(environment: &Environment<'_>) -> Result<usize, InitError> {
    match environment.get(QUEUE_SIZE) {
        None => Ok(DEFAULT_QUEUE_SIZE),
        Some(variable) => match variable.value.parse() {
            Ok(number) => Ok(number),
            Err(_) => variable.refuse("a number from 1 to 4294967295"),
        },
    }
}

/// The SDK replaces a sampler that it does not know by its default.
pub(super) fn check_sampler(environment: &Environment<'_>) -> Result<(), InitError> {
    let Some(sampler) = environment.get("OTEL_TRACES_SAMPLER") else {
        return Ok(());
    };
    match sampler.value.as_str() {
        "always_on" | "always_off" | "parentbased_always_on" | "parentbased_always_off" => Ok(()),
        // By the specification the default ratio is 1.0.
        "traceidratio" | "parentbased_traceidratio" => {
            match environment.get("OTEL_TRACES_SAMPLER_ARG") {
                Some(ratio)
                    if !ratio
                        .value
                        .parse::<f64>()
                        .is_ok_and(|ratio| (0.0..=1.0).contains(&ratio)) =>
                {
                    ratio.refuse("a number from 0.0 to 1.0")
                }
                _ => Ok(()),
            }
        }
        _ => sampler.refuse(
            "always_on, always_off, traceidratio, parentbased_always_on, parentbased_always_off or \
             parentbased_traceidratio",
        ),
    }
}

/// Returns the propagators of `OTEL_PROPAGATORS`: none if it is `none`.
pub(super) fn propagators(environment: &Environment<'_>) -> Result<Vec<Propagator>, InitError> {
    let Some(variable) = environment.get("OTEL_PROPAGATORS") else {
        return Ok(vec![Propagator::TraceContext, Propagator::Baggage]);
    };
    let parse = |name: &str| match name {
        "tracecontext" => Some(Propagator::TraceContext),
        "baggage" => Some(Propagator::Baggage),
        _ => None,
    };
    names(&variable, parse, PROPAGATORS)
}

/// Returns the names of a list, each once, in their order. Empty entries are skipped; the list of
/// `none` is empty.
pub(super) fn names<T: PartialEq>(
    variable: &Variable,
    parse: impl Fn(&str) -> Option<T>,
    allowed: &'static str,
) -> Result<Vec<T>, InitError> {
    let names: Vec<&str> = entries(&variable.value).collect();
    if names.is_empty() {
        return variable.clone().refuse(allowed);
    }
    let mut known = Vec::new();
    if names.iter().all(|name| *name == "none") {
        return Ok(known);
    }
    for name in names {
        match parse(name) {
            Some(it) if known.contains(&it) => {}
            Some(it) => known.push(it),
            None => return variable.clone().refuse(allowed),
        }
    }
    Ok(known)
}

/// The exporter skips an entry that it cannot read, and sends without it.
#[cfg(feature = "otlp")]
pub(super) fn check_headers(
    environment: &Environment<'_>,
    names: [&'static str; 2],
) -> Result<(), InitError> {
    for variable in names.into_iter().filter_map(|name| environment.get(name)) {
        let readable = entries(&variable.value).all(|entry| {
            pair(entry).is_some_and(|(name, value)| {
                http::HeaderName::from_bytes(name.as_bytes()).is_ok()
                    && !value.is_empty()
                    && value.bytes().all(|byte| matches!(byte, b' '..=b'~'))
            })
        });
        if !readable {
            return variable.refuse("headers such as api-key=secret,tenant=a%20b");
        }
    }
    Ok(())
}

/// The SDK skips an entry that it cannot read.
pub(super) fn check_attributes(environment: &Environment<'_>) -> Result<(), InitError> {
    match environment.get("OTEL_RESOURCE_ATTRIBUTES") {
        Some(variable) if !entries(&variable.value).all(|entry| pair(entry).is_some()) => {
            variable.refuse("attributes such as service.version=1.2,deployment.environment=test")
        }
        _ => Ok(()),
    }
}

fn entries(list: &str) -> impl Iterator<Item = &str> {
    list.split(',')
        .map(str::trim)
        .filter(|entry| !entry.is_empty())
}

fn pair(entry: &str) -> Option<(&str, &str)> {
    let (name, value) = entry.split_once('=')?;
    let (name, value) = (name.trim(), value.trim());
    (!name.is_empty()).then_some((name, value))
}
