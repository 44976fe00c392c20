//! The examples of the schema's own repository: read without an error, or with exactly these.

use std::time::Duration;

use super::{collector, with};

/// Returns the places that are warned of, and those that have errors.
fn places(text: &str) -> (Vec<String>, Vec<String>) {
    let place = |sentence: String| sentence.split(' ').next().unwrap_or_default().to_owned();
    let places = |all: Vec<String>| all.into_iter().map(place).collect();
    match with(text, &[]) {
        Ok((_, warnings)) => (places(warnings), Vec::new()),
        Err(errors) => (Vec::new(), places(errors)),
    }
}

#[test]
fn examples_are_read() {
    for (text, unsupported) in [
        (
            include_str!("examples/getting-started.yaml"),
            &[
                "resource.detection/development",
                "meter_provider",
                "logger_provider",
            ][..],
        ),
        (
            include_str!("examples/sdk-config.yaml"),
            &["meter_provider", "logger_provider"],
        ),
        (
            include_str!("examples/sdk-migration-config.yaml"),
            &[
                "meter_provider",
                "logger_provider",
                "instrumentation/development",
            ],
        ),
        (
            include_str!("examples/otlp-http.yaml"),
            &[
                "tracer_provider.processors[0].batch.exporter.otlp_http.max_request_size",
                "tracer_provider.processors[0].batch.exporter.otlp_http.max_response_size",
            ],
        ),
        #[cfg(feature = "otlp-grpc")]
        (
            include_str!("examples/otlp-grpc.yaml"),
            &[
                "tracer_provider.processors[0].batch.exporter.otlp_grpc.max_request_size",
                "tracer_provider.processors[0].batch.exporter.otlp_grpc.max_response_size",
            ],
        ),
        (
            include_str!("examples/resource.yaml"),
            &["resource.detection/development"],
        ),
        (include_str!("examples/parent-based.yaml"), &[]),
        (include_str!("examples/span-limits.yaml"), &[]),
        (include_str!("examples/console.yaml"), &[]),
    ] {
        let (warnings, errors) = places(text);
        assert_eq!(errors, [""; 0], "{text}");
        assert_eq!(warnings, unsupported, "{text}");
    }
}

#[test]
fn components_that_are_not_there_are_errors() {
    for (text, expected) in [
        (
            include_str!("examples/propagator.yaml"),
            &[
                "propagator.composite[2].b3",
                "propagator.composite[3].b3multi",
                "propagator.composite_list",
            ][..],
        ),
        (
            include_str!("examples/id-generator.yaml"),
            &["tracer_provider.id_generator.my_custom_id_generator"],
        ),
        (
            include_str!("examples/composite.yaml"),
            &["tracer_provider.sampler.composite/development"],
        ),
        (
            include_str!("examples/always-record.yaml"),
            &["tracer_provider.sampler.always_record"],
        ),
    ] {
        assert_eq!(places(text).1, expected, "{text}");
    }
}

#[test]
fn the_migration_example_takes_the_variables() {
    let text = include_str!("examples/sdk-migration-config.yaml");
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://h:1"),
        ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "api-key=secret"),
        ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "7"),
        ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "5"),
        ("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "6"),
        ("OTEL_SERVICE_NAME", "hashing"),
        ("OTEL_RESOURCE_ATTRIBUTES", "service.name=other,team=a%2Cb"),
    ];
    let (settings, _) = with(text, &variables).expect("valid");
    assert!(!settings.is_no_op);
    let limits = settings.limits;
    assert_eq!((limits.attributes, limits.value_length), (Some(5), Some(6)));
    let attributes: Vec<_> = settings.resource.attributes.iter().collect();
    let pairs = attributes
        .iter()
        .map(|it| (it.key.as_str(), it.value.as_str()));
    let pairs: Vec<_> = pairs.map(|(key, value)| format!("{key}={value}")).collect();
    assert_eq!(
        pairs,
        ["service.name=other", "team=a,b", "service.name=hashing"]
    );
    let collector = collector(settings);
    assert_eq!(collector.address(), "http://h:1/v1/traces");
    assert_eq!(collector.timeout, Some(Duration::from_millis(7)));
    assert_eq!(collector.headers["api-key"], "secret");
    assert!(collector.gzip);
    let disabled = with(text, &[("OTEL_SDK_DISABLED", "true")]).expect("valid");
    assert!(disabled.0.is_no_op);
}
