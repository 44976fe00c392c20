//! Tests of a file against other variables, and against the options in code.

use std::fs;
use std::path::PathBuf;

use opentelemetry::KeyValue;
use opentelemetry::trace::{Tracer as _, TracerProvider as _};
use opentelemetry_sdk::trace::{InMemorySpanExporter, Sampler, SimpleSpanProcessor};

use super::{exporter, provider};
use crate::Builder;
use crate::error::InitError;
use crate::settings::Propagator;
use crate::telemetry::Telemetry;

/// A file that is removed in the end.
struct File(PathBuf);

impl File {
    fn new(name: &str, text: &str) -> Self {
        let name = format!("config-file-{name}-{}.yaml", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::write(&path, text).expect("a file");
        Self(path)
    }

    /// Sets telemetry up, with other variables that are ignored.
    fn set_up(&self, builder: Builder) -> Result<(Telemetry, Vec<Propagator>), InitError> {
        builder.set_up(|name| match name {
            "OTEL_CONFIG_FILE" => Some(self.0.clone().into_os_string()),
            "OTEL_SDK_DISABLED" => Some("true".into()),
            "OTEL_SERVICE_NAME" | "OTEL_TRACES_SAMPLER" => Some("ignored".into()),
            "OTEL_TRACES_EXPORTER" => Some("none".into()),
            name => panic!("{name} is read"),
        })
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// Returns a builder that draws nothing on stderr and keeps the spans, and the spans.
fn kept() -> (Builder, InMemorySpanExporter) {
    let spans = InMemorySpanExporter::default();
    let processor = SimpleSpanProcessor::new(spans.clone());
    let builder = crate::builder().waterfall_to(std::io::sink());
    (builder.span_processor(processor), spans)
}

fn count(telemetry: &Telemetry, spans: &InMemorySpanExporter) -> usize {
    let tracer = telemetry.tracer_provider().tracer("test");
    drop(tracer.start("span"));
    spans.get_finished_spans().expect("spans").len()
}

#[test]
fn all_other_variables_are_ignored() {
    let file = File::new("ignored", &provider(""));
    let (builder, spans) = kept();
    let (telemetry, propagators) = file.set_up(builder).expect("telemetry");
    assert_eq!(count(&telemetry, &spans), 1);
    assert!(propagators.is_empty() && telemetry.warnings().is_empty());
}

#[test]
fn code_sets_what_the_file_leaves_out() {
    for (lines, expected) in [("", 0), ("sampler: {always_on: }", 1)] {
        let file = File::new("sampler", &provider(lines));
        let (builder, spans) = kept();
        let (telemetry, _) = file
            .set_up(builder.sampler(Sampler::AlwaysOff))
            .expect("telemetry");
        assert_eq!(count(&telemetry, &spans), expected, "{lines}");
    }
    let resource = |lines: &str| {
        let settings = super::settings(&format!("{lines}{}", provider("")));
        let attributes = vec![KeyValue::new("team", "code")];
        let resource =
            crate::resource::resource(Some("code".into()), attributes, settings.resource);
        ["service.name", "team"].map(|key| resource.get(&key.into()).map(|it| it.to_string()))
    };
    let code = || Some("code".to_owned());
    assert_eq!(resource(""), [code(), code()]);
    let own = "resource: {attributes: [{name: service.name, value: own}]}\n";
    assert_eq!(resource(own), [Some("own".to_owned()), code()]);
}

#[test]
fn a_disabled_sdk_still_has_its_propagators() {
    let text = format!(
        "disabled: true\npropagator: {{composite: [{{baggage: }}]}}\n{}",
        provider("")
    );
    let file = File::new("disabled", &text);
    let (builder, spans) = kept();
    let (telemetry, propagators) = file.set_up(builder).expect("telemetry");
    assert_eq!(count(&telemetry, &spans), 0);
    assert_eq!(propagators, [Propagator::Baggage]);
}

#[test]
fn a_warning_is_an_error_if_telemetry_is_strict() {
    let file = File::new("strict", &format!("meter_provider:\n{}", provider("")));
    let (builder, _) = kept();
    let (telemetry, _) = file.set_up(builder).expect("telemetry");
    let [warning] = telemetry.warnings() else {
        panic!("{:?}", telemetry.warnings());
    };
    assert_eq!(warning.variable(), "OTEL_CONFIG_FILE");
    let text = warning.to_string();
    assert!(
        text.contains(".yaml: meter_provider (line 1) is not supported"),
        "{text}"
    );
    let (builder, _) = kept();
    let error = file.set_up(builder.strict(true)).expect_err("strict");
    assert_eq!(error.to_string(), text);
}

#[cfg(feature = "otlp-tls")]
#[test]
fn an_exporter_that_cannot_be_made_is_an_error() {
    let text = exporter(
        "otlp_http",
        "endpoint: https://h\ntls: {ca_file: /none/ca.pem}",
    );
    let error = File::new("tls", &text).set_up(crate::builder());
    let error = error.expect_err("no file").to_string();
    let place = "tracer_provider.processors[0].batch.exporter.otlp_http";
    for part in [format!("{place}.endpoint"), format!("{place}.tls.ca_file")] {
        assert!(error.contains(&part), "{error}");
    }
}
