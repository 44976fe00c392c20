//! Numbers: limits of spans, and the batch processor's sizes.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::Environment;
use crate::settings::{Batch, Limits, MAX_QUEUE_SIZE};

pub(super) fn limits(environment: &Environment<'_>) -> Limits {
    let count = |names: &[&'static str]| {
        let all = 0..=u64::from(u32::MAX);
        let found = first(environment, names, &all);
        found.and_then(|it| it.try_into().ok())
    };
    let lengths = [
        "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT",
        "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT",
    ];
    Limits {
        attributes: count(&[
            "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT",
            "OTEL_ATTRIBUTE_COUNT_LIMIT",
        ]),
        events: count(&["OTEL_SPAN_EVENT_COUNT_LIMIT"]),
        links: count(&["OTEL_SPAN_LINK_COUNT_LIMIT"]),
        event_attributes: count(&["OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT"]),
        link_attributes: count(&["OTEL_LINK_ATTRIBUTE_COUNT_LIMIT"]),
        value_length: first(environment, &lengths, &(0..=u64::from(u32::MAX)))
            .and_then(|it| it.try_into().ok()),
    }
}

pub(super) fn batch(environment: &Environment<'_>) -> Batch {
    let sizes = 1..=MAX_QUEUE_SIZE;
    let size = |name| {
        let size = first(environment, &[name], &sizes);
        size.and_then(|it| usize::try_from(it).ok())
    };
    let default = Batch::default();
    let queue_size = size("OTEL_BSP_MAX_QUEUE_SIZE").unwrap_or(default.queue_size);
    let export_size = size("OTEL_BSP_MAX_EXPORT_BATCH_SIZE").unwrap_or(default.export_size);
    let milliseconds = 1..=u64::from(u32::MAX);
    let delay = first(environment, &["OTEL_BSP_SCHEDULE_DELAY"], &milliseconds);
    // Of no effect: one batch is exported after the other, each within its own timeout.
    for name in ["OTEL_BSP_EXPORT_TIMEOUT", "OTEL_BSP_MAX_CONCURRENT_EXPORTS"] {
        first(environment, &[name], &(0..=u64::from(u32::MAX)));
    }
    Batch {
        queue_size,
        export_size: export_size.min(queue_size),
        delay: delay.map_or(default.delay, Duration::from_millis),
    }
}

/// Returns the first variable that is set and has a number in the range. Others are warned of.
pub(super) fn first(
    environment: &Environment<'_>,
    names: &[&'static str],
    range: &RangeInclusive<u64>,
) -> Option<u64> {
    names.iter().find_map(|name| {
        let variable = environment.get(name)?;
        let number = variable.value.trim().parse().ok();
        let number = number.filter(|it| range.contains(it));
        if number.is_none() {
            let (start, end) = (range.start(), range.end());
            environment.warn(variable.unexpected(&format!("a number from {start} to {end}")));
        }
        number
    })
}
