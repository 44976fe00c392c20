//! Which values can be meant, and where spans go then.

use super::{Destination, Endpoint, InitError, read};

fn with(variables: &[(&str, &str)]) -> Result<Destination, InitError> {
    read(|name| {
        variables
            .iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| (*value).to_owned())
    })
}

fn otlp(variable: &'static str, value: &str) -> Destination {
    Destination::Otlp(Endpoint {
        variable,
        value: value.to_owned(),
    })
}

#[track_caller]
fn refused(variables: &[(&str, &str)], named: &str) {
    match with(variables) {
        Err(InitError::InvalidVariable { variable, .. }) => assert_eq!(variable, named),
        other => panic!("{variables:?}: {other:?}"),
    }
}

#[test]
fn nothing_set_means_the_picture() {
    assert_eq!(with(&[]).ok(), Some(Destination::Picture));
    assert_eq!(
        with(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "")]).ok(),
        Some(Destination::Picture)
    );
}

#[test]
fn disabled_goes_before_everything() {
    let variables = [
        ("OTEL_SDK_DISABLED", "True"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "nonsense"),
    ];
    assert_eq!(with(&variables).ok(), Some(Destination::Nowhere));
    assert_eq!(
        with(&[("OTEL_SDK_DISABLED", "1")]).ok(),
        Some(Destination::Picture)
    );
}

#[test]
fn the_endpoint_for_traces_goes_first() {
    let general = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://a:4318");
    let traces = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://b/v1/traces");
    assert_eq!(with(&[general]).ok(), Some(otlp(general.0, general.1)));
    assert_eq!(
        with(&[general, traces]).ok(),
        Some(otlp(traces.0, traces.1))
    );
}

#[test]
fn endpoints_that_can_be_meant() {
    for value in [
        "http://localhost",
        "HTTP://127.0.0.1:1",
        "http://[::1]",
        "http://[::1]:4318/x",
        "http://u:p@h:80?q",
    ] {
        assert_eq!(
            with(&[("OTEL_EXPORTER_OTLP_ENDPOINT", value)]).ok(),
            Some(otlp("OTEL_EXPORTER_OTLP_ENDPOINT", value))
        );
    }
}

#[test]
fn endpoints_that_cannot_be_meant() {
    for value in [
        "localhost:4318",
        "ftp://h",
        "http://",
        "http:///v1",
        "http://:4318",
        "http://h:0",
        "http://h:65536",
        "http://h:x",
        "http://h:",
        "http://h /",
        "http://h\n",
        " http://h",
        "https://h:4318",
        "grpc",
        "é",
        "http://u@",
    ] {
        refused(
            &[("OTEL_EXPORTER_OTLP_ENDPOINT", value)],
            "OTEL_EXPORTER_OTLP_ENDPOINT",
        );
        refused(
            &[("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", value)],
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        );
    }
}

#[test]
fn a_protocol_that_is_not_built_in_is_refused_where_it_matters() {
    let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://h");
    refused(
        &[endpoint, ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")],
        "OTEL_EXPORTER_OTLP_PROTOCOL",
    );
    refused(
        &[endpoint, ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "x")],
        "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
    );
    assert!(with(&[endpoint, ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")]).is_ok());
    assert!(with(&[("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")]).is_ok());
}

#[test]
fn samplers_that_the_sdk_would_replace_are_refused() {
    refused(
        &[("OTEL_TRACES_SAMPLER", "alway_off")],
        "OTEL_TRACES_SAMPLER",
    );
    refused(
        &[("OTEL_TRACES_SAMPLER", "jaeger_remote")],
        "OTEL_TRACES_SAMPLER",
    );
    let ratio = ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio");
    for value in ["x", "-0.1", "1.1", "NaN"] {
        refused(
            &[ratio, ("OTEL_TRACES_SAMPLER_ARG", value)],
            "OTEL_TRACES_SAMPLER_ARG",
        );
    }
    assert!(with(&[ratio, ("OTEL_TRACES_SAMPLER_ARG", "0.25")]).is_ok());
    assert!(with(&[ratio]).is_ok());
    assert!(with(&[("OTEL_TRACES_SAMPLER", "always_off")]).is_ok());
}

#[test]
fn an_error_names_variable_value_and_remedy() {
    let text = with(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4318")])
        .expect_err("no scheme")
        .to_string();
    assert_eq!(
        text,
        r#"OTEL_EXPORTER_OTLP_ENDPOINT is "localhost:4318": expected an address such as http://localhost:4318"#
    );
}
