//! Tests of the configuration file.

mod examples;
mod exporters;
mod fuzz;
mod invalid;
mod precedence;
mod resource;
mod sections;
mod substitution;

use std::path::Path;

use super::interpret;
use crate::collector::Collector;
use crate::settings::{Otlp, Settings};

const PATH: &str = "/etc/otel.yaml";

/// Returns the settings and the warnings, or the errors.
fn with(text: &str, variables: &[(&str, &str)]) -> Result<(Settings, Vec<String>), Vec<String>> {
    let lookup = |name: &str| {
        let found = variables.iter().find(|(key, _)| *key == name);
        found.map(|(_, value)| (*value).into())
    };
    interpret(text, Path::new(PATH), &lookup)
}

/// Returns the settings of a file that has them all.
#[track_caller]
fn settings(text: &str) -> Settings {
    let (settings, warnings) = with(text, &[]).unwrap_or_else(|errors| panic!("{errors:#?}"));
    assert_eq!(warnings, [""; 0]);
    settings
}

/// Returns the errors of a file.
#[track_caller]
fn errors(text: &str) -> Vec<String> {
    with(text, &[]).map(|(it, _)| it).expect_err("not valid")
}

fn indented(lines: &str, indent: &str) -> String {
    lines
        .lines()
        .flat_map(|line| [indent, line, "\n"])
        .collect()
}

/// Returns a file with these lines in its tracer provider, which draws traces.
fn provider(lines: &str) -> String {
    let lines = indented(lines, "  ");
    format!(
        "file_format: \"1.1\"\ntracer_provider:\n  processors:\n  - simple:\n      exporter:\n        \
         console:\n{lines}"
    )
}

/// Returns a file with a batch processor whose exporter has these lines.
fn exporter(name: &str, lines: &str) -> String {
    let lines = indented(lines, "          ");
    format!(
        "file_format: \"1.1\"\ntracer_provider:\n  processors:\n  - batch:\n      exporter:\n        \
         {name}:\n{lines}"
    )
}

#[track_caller]
fn collector(settings: Settings) -> Collector {
    match settings.exporters.otlp {
        Otlp::To(collector) => *collector,
        other => panic!("{other:?}"),
    }
}
