//! Tests of the resource, and of the contents of an export.

use opentelemetry_proto::tonic::common::v1::any_value::Value;

use crate::child_process::ChildProcess;
use crate::receiver::{Receiver, Request};

/// Returns the export of a program with these variables.
fn sent(variables: &[(&str, &str)]) -> Request {
    let receiver = Receiver::start(200);
    let endpoint = receiver.url("");
    let mut all = vec![("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str())];
    all.extend(variables);
    let mut child = ChildProcess::start(&all);
    assert_eq!(child.send("run 3"), "ran 3");
    assert_eq!(child.send("stop"), "stopping");
    assert_eq!(child.wait_for_exit().code, Some(0));
    receiver.requests().remove(0)
}

#[test]
fn the_resource_names_service_process_and_host() {
    let resource = sent(&[]).resource();
    let expected = [
        ("process.executable.name", "test_program"),
        ("service.name", "unknown_service:test_program"),
        ("telemetry.sdk.language", "rust"),
        ("telemetry.sdk.name", "opentelemetry"),
    ];
    for (key, value) in expected {
        assert_eq!(resource.get(key).map(String::as_str), Some(value), "{key}");
    }
    let host = std::process::Command::new("hostname").output();
    if let Ok(host) = host {
        let host = String::from_utf8(host.stdout).expect("text");
        assert_eq!(resource["host.name"], host.trim_end());
    }
    assert!(resource["process.pid"].parse::<u32>().is_ok());
    assert!(!resource["telemetry.sdk.version"].is_empty());
}

#[test]
fn the_environment_takes_precedence() {
    let attributes = (
        "OTEL_RESOURCE_ATTRIBUTES",
        "service.name=attributes,host.name=elsewhere,a=b",
    );
    let resource = sent(&[attributes]).resource();
    assert_eq!(resource["service.name"], "attributes");
    assert_eq!(resource["host.name"], "elsewhere");
    assert_eq!(resource["a"], "b");
    let resource = sent(&[attributes, ("OTEL_SERVICE_NAME", "name")]).resource();
    assert_eq!(resource["service.name"], "name");
}

#[test]
fn headers_and_compression_are_sent() {
    let request = sent(&[
        ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=x%20y,tenant=a"),
        ("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "none"),
    ]);
    assert!(!request.has_header("api-key: x%20y") && request.has_header("api-key: x y"));
    assert!(request.has_header("tenant: a"));
    let request = sent(&[("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")]);
    assert!(request.has_header("content-encoding: gzip"));
    assert_eq!(request.body[..2], [0x1f, 0x8b]);
}

#[test]
fn every_worker_span_has_its_thread() {
    let request = sent(&[]).decode();
    let spans = request.resource_spans.into_iter();
    let spans = spans.flat_map(|resource| resource.scope_spans);
    let spans: Vec<_> = spans.flat_map(|scope| scope.spans).collect();
    assert_eq!(spans.len(), 3);
    for span in spans {
        let value = |key: &str| {
            let mut found = span.attributes.iter().filter(|it| it.key == key);
            found.next()?.value.as_ref()?.value.clone()
        };
        assert!(
            matches!(value("thread.id"), Some(Value::IntValue(_))),
            "{span:?}"
        );
        match value("thread.name") {
            Some(Value::StringValue(name)) => assert!(name.starts_with("tested-"), "{name}"),
            other => panic!("{other:?}"),
        }
    }
}
