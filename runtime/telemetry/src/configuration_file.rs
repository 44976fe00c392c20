//! `OTEL_CONFIG_FILE`: the declarative configuration.
//!
//! A file passes `contents` (its text, of a bounded size) -> `yaml` (nodes, with the variables
//! substituted) -> `property` (places with types) -> one module for each part of the configuration ->
//! `Settings`. All problems are collected, each with its place.
//!
//! OpenTelemetry specification, "Configuration SDK", "Parse" and "Create": a file that cannot be read,
//! that does not conform to the schema, or that names a component that is not there, is an error. The
//! schema is that of opentelemetry-configuration 1.1; a part of it that is not supported is warned of.

#[cfg(feature = "otlp")]
mod collector;
mod contents;
mod limits;
mod node;
mod processors;
mod propagators;
mod property;
mod report;
mod resource;
mod sampler;
mod substitution;
mod version;
mod yaml;

use std::ffi::OsString;
use std::path::Path;

use self::node::Node;
use self::property::Property;
use self::report::Report;
use crate::environment::EnvironmentWarning;
use crate::error::InitError;
use crate::settings::{Exporters, Otlp, Processing, Settings};
use crate::source::CONFIG_FILE;

/// Sections of the schema that have no counterpart here.
const UNSUPPORTED: [&str; 4] = [
    "meter_provider",
    "logger_provider",
    "instrumentation/development",
    "distribution",
];

/// The levels of the SDK's internal log, of which only the default is supported.
const LEVELS: [&str; 6] = ["trace", "debug", "info", "warn", "error", "fatal"];

/// Reads the file. `lookup` gives the variables that it refers to. `has_exporter` is true if an exporter
/// is set in code.
pub(crate) fn read(
    path: &Path,
    lookup: &dyn Fn(&str) -> Option<OsString>,
    has_exporter: bool,
) -> Result<(Settings, Vec<EnvironmentWarning>), InitError> {
    let fail = |problems| InitError::ConfigurationFile {
        path: path.to_owned(),
        problems,
    };
    let text = contents::read(path).map_err(|problem| fail(vec![problem]))?;
    let (settings, mut warnings) = interpret(&text, path, lookup).map_err(fail)?;
    if has_exporter {
        warnings.push("takes the place of the exporter that is set in code".to_owned());
    }
    let warnings = warnings.into_iter().map(|warning| {
        let problem = format!("{}: {warning}", path.display());
        EnvironmentWarning::new(CONFIG_FILE, problem)
    });
    Ok((settings, warnings.collect()))
}

/// Returns the settings and the warnings, or the errors: sentences that begin with a place.
fn interpret(
    text: &str,
    path: &Path,
    lookup: &dyn Fn(&str) -> Option<OsString>,
) -> Result<(Settings, Vec<String>), Vec<String>> {
    let root = yaml::parse(text, lookup).map_err(|problem| vec![problem])?;
    let report = Report::new(path);
    let settings = settings(&root, &report);
    let (errors, warnings) = report.into_parts();
    match settings {
        Some(settings) if errors.is_empty() => Ok((settings, warnings)),
        _ => Err(errors),
    }
}

/// Returns the settings. They are of no use if the report has errors.
fn settings(root: &Node, report: &Report) -> Option<Settings> {
    let mut file = Property::root(root, report).mapping()?;
    version::check(&mut file);
    let is_disabled = file.get("disabled").and_then(|it| it.boolean());
    if let Some(level) = file.get("log_level") {
        log_level(&level);
    }
    let resource = resource::read(file.get("resource"));
    let propagators = propagators::read(file.get("propagator"));
    let general = limits::general(file.get("attribute_limits"));
    for name in UNSUPPORTED {
        if let Some(section) = file.get(name) {
            section.unsupported();
        }
    }
    let mut settings = Settings {
        exporters: Exporters::new(false, Otlp::Off),
        propagators,
        sampler: None,
        limits: general,
        processing: Processing::default(),
        resource,
        is_no_op: true,
        fails_fast: true,
        has_random_ids: false,
    };
    if let Some(provider) = file.get("tracer_provider") {
        tracer_provider(&provider, &mut settings);
        settings.is_no_op = is_disabled == Some(true);
    }
    file.ignore_others();
    Some(settings)
}

fn tracer_provider(property: &Property<'_>, settings: &mut Settings) {
    let Some(mut provider) = property.mapping() else {
        return;
    };
    if let Some(processors) = provider.required("processors") {
        processors::read(&processors, settings);
    }
    settings.limits = limits::spans(provider.get("limits"), settings.limits);
    settings.sampler = provider.get("sampler").and_then(|it| sampler::read(&it));
    if let Some((generator, options)) = provider.get("id_generator").and_then(|it| it.component()) {
        if generator == "random" {
            options.empty();
            settings.has_random_ids = true;
        } else {
            options.no_component("random");
        }
    }
    if let Some(configurator) = provider.get("tracer_configurator/development") {
        configurator.unsupported();
    }
    provider.finish();
}

/// The schema's severities, each with 2, 3 or 4 behind it, or with nothing.
fn log_level(property: &Property<'_>) {
    let Some(level) = property.text() else {
        return;
    };
    let name = level.strip_suffix(['2', '3', '4']).unwrap_or(level);
    if !LEVELS.contains(&name) {
        property.unexpected("trace, debug, info, warn, error or fatal");
    } else if level != "info" {
        property.unsupported();
    }
}

#[cfg(all(test, feature = "otlp", feature = "waterfall"))]
mod tests;
