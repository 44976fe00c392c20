//! `tracer_provider.processors`: the processors, each with its exporter.

use std::time::Duration;

use super::property::Property;
#[cfg(feature = "otlp")]
use crate::settings::Otlp;
use crate::settings::{Batch, MAX_QUEUE_SIZE, Processing, Settings};

const PROCESSORS: &str = "batch or simple";
const EXPORTERS: &str = "otlp_http, otlp_grpc or console";

/// The time for a batch, in milliseconds: OpenTelemetry specification, "Batching processor".
const DEFAULT_EXPORT_TIMEOUT: u64 = 30_000;

const MILLISECONDS: std::ops::RangeInclusive<u64> = 0..=u32::MAX as u64;

/// Adds the exporters in their order.
pub(super) fn read(property: &Property<'_>, settings: &mut Settings) {
    for (name, options) in property.items().iter().filter_map(Property::component) {
        match name {
            "batch" => batch(&options, settings),
            "simple" => simple(&options, settings),
            _ => options.no_component(PROCESSORS),
        }
    }
}

fn batch(property: &Property<'_>, settings: &mut Settings) {
    let Some(mut options) = property.mapping() else {
        return;
    };
    let default = Batch::default();
    let mut number = |name, range| options.get(name).and_then(|it| it.integer(&range));
    let delay = number("schedule_delay", MILLISECONDS).map(Duration::from_millis);
    let timeout = number("export_timeout", MILLISECONDS).unwrap_or(DEFAULT_EXPORT_TIMEOUT);
    let mut size = |name| number(name, 1..=MAX_QUEUE_SIZE).and_then(|it| it.try_into().ok());
    let queue_size = size("max_queue_size").unwrap_or(default.queue_size);
    let export_size: Option<usize> = size("max_export_batch_size");
    let batch = Batch {
        queue_size,
        export_size: export_size.unwrap_or(default.export_size).min(queue_size),
        // The SDK's thread would not sleep at all.
        delay: delay.unwrap_or(default.delay).max(Duration::from_millis(1)),
    };
    let timeout = (timeout > 0).then(|| Duration::from_millis(timeout));
    if let Some(exporter) = options.required("exporter") {
        add(&exporter, Processing::Batch(batch), timeout, settings);
    }
    options.finish();
}

fn simple(property: &Property<'_>, settings: &mut Settings) {
    if let Some(mut options) = property.mapping() {
        if let Some(exporter) = options.required("exporter") {
            add(&exporter, Processing::Simple, None, settings);
        }
        options.finish();
    }
}

/// Adds an exporter. `timeout` is the time that its processor allows for an export.
fn add(
    property: &Property<'_>,
    processing: Processing,
    timeout: Option<Duration>,
    settings: &mut Settings,
) {
    let Some((name, options)) = property.component() else {
        return;
    };
    match name {
        "console" => console(&options, settings),
        "otlp_http" | "otlp_grpc" => otlp(name, &options, processing, timeout, settings),
        _ => options.no_component(EXPORTERS),
    }
}

/// A trace is drawn once it is complete, by either processor.
#[cfg(feature = "waterfall")]
fn console(options: &Property<'_>, settings: &mut Settings) {
    options.empty();
    if settings.exporters.console {
        options.warn("is a second one: traces are drawn once");
    }
    settings.exporters.console = true;
}

#[cfg(not(feature = "waterfall"))]
fn console(options: &Property<'_>, _: &mut Settings) {
    options.not_built_in("waterfall");
}

#[cfg(feature = "otlp")]
fn otlp(
    name: &str,
    options: &Property<'_>,
    processing: Processing,
    timeout: Option<Duration>,
    settings: &mut Settings,
) {
    let Some(mut collector) = super::collector::read(name == "otlp_grpc", options) else {
        return;
    };
    collector.timeout = match (collector.timeout, timeout) {
        (Some(own), Some(processors)) => Some(own.min(processors)),
        (own, processors) => own.or(processors),
    };
    if matches!(settings.exporters.otlp, Otlp::Off) {
        settings.exporters.otlp = Otlp::To(Box::new(collector));
        settings.processing = processing;
    } else {
        settings.exporters.further.push((collector, processing));
    }
}

#[cfg(not(feature = "otlp"))]
fn otlp(_: &str, options: &Property<'_>, _: Processing, _: Option<Duration>, _: &mut Settings) {
    options.not_built_in("otlp");
}
