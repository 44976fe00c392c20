//! Tests of valid and invalid addresses.

use super::{ENDPOINT, exporters, refused, settings};

const TRACES: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";

#[test]
fn the_endpoint_for_traces_takes_precedence() {
    let general = (ENDPOINT, "http://a:4318");
    let traces = (TRACES, "http://b/v1/traces");
    for (variables, expected) in [
        (&[general][..], general),
        (&[general, traces], traces),
        (&[("OTEL_TRACES_EXPORTER", "otlp"), general], general),
        (
            &[("OTEL_TRACES_EXPORTER", "otlp")],
            ("OTEL_TRACES_EXPORTER", "otlp"),
        ),
    ] {
        let collector = settings(variables).exporters.otlp.expect("a collector");
        let variable = collector.variable();
        assert_eq!((variable.name, variable.value.as_str()), expected);
    }
}

#[test]
fn the_destination_has_no_credentials() {
    for (variable, expected) in [
        ((ENDPOINT, "http://a:4318"), "http://a:4318"),
        (
            (ENDPOINT, "http://user:pass@word@a/x?at=@"),
            "http://a/x?at=@",
        ),
        ((TRACES, "http://a/@"), "http://a/@"),
        (("OTEL_TRACES_EXPORTER", "otlp"), "http://localhost:4318"),
    ] {
        let collector = settings(&[variable]).exporters.otlp.expect("a collector");
        let destination = collector.destination();
        assert_eq!(
            (destination.name, &*destination.value),
            (variable.0, expected)
        );
    }
}

#[test]
fn valid_addresses() {
    for value in [
        "http://localhost",
        "HTTP://127.0.0.1:1",
        "http://[::1]",
        "http://[::1]:4318/x",
        "http://u:p@h:80?q",
    ] {
        assert_eq!(exporters(&[(ENDPOINT, value)]), (true, false));
    }
}

#[test]
fn invalid_addresses() {
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
        refused(&[(ENDPOINT, value)], ENDPOINT);
        refused(&[(TRACES, value)], TRACES);
    }
}
