//! Variables that hold numbers: the SDK replaces one that it cannot read by the default.

use super::{Environment, InitError};

const QUEUE: &str = "OTEL_BSP_MAX_QUEUE_SIZE";
const DEFAULT_QUEUE: usize = 2048;

/// Of nothing there is no queue, no batch and no delay.
const POSITIVE: [&str; 5] = [
    QUEUE,
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

pub(super) fn check(environment: &Environment<'_>) -> Result<(), InitError> {
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

/// How many spans wait for the exporter at most: the same that the SDK reads.
pub(super) fn queue(environment: &Environment<'_>) -> Result<usize, InitError> {
    match environment.get(QUEUE) {
        None => Ok(DEFAULT_QUEUE),
        Some(variable) => match variable.value.parse() {
            Ok(number) => Ok(number),
            Err(_) => variable.refuse("a number from 1 to 4294967295"),
        },
    }
}
