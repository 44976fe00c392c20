//! Tests of export over OTLP (http/protobuf).

use std::net::TcpListener;

use crate::receiver::{Answer, Receiver};
use crate::role::{Role, stderr};

fn contains(body: &[u8], text: &str) -> bool {
    body.windows(text.len())
        .any(|window| window == text.as_bytes())
}

#[test]
fn spans_go_to_the_endpoint_and_are_not_drawn() {
    let receiver = Receiver::start(200);
    let endpoint = receiver.url("");
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
        ("OTEL_SERVICE_NAME", "my-service"),
    ];
    assert_eq!(stderr(Role::Flush, &variables), "");
    let requests = receiver.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].line, "POST /v1/traces HTTP/1.1");
    assert!(
        requests[0].has_header("content-type: application/x-protobuf"),
        "{:?}",
        requests[0]
    );
    for text in ["process_data", "worker_process", "my-service"] {
        assert!(contains(&requests[0].body, text), "{text}");
    }
}

#[test]
fn the_endpoint_for_traces_is_used_as_it_is() {
    let receiver = Receiver::start(200);
    let (traces, other) = (receiver.url("/spans"), "http://127.0.0.1:1");
    let variables = [
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", traces.as_str()),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", other),
    ];
    assert_eq!(stderr(Role::Flush, &variables), "");
    assert_eq!(receiver.requests()[0].line, "POST /spans HTTP/1.1");
}

#[test]
fn dropping_the_telemetry_exports_the_last_spans() {
    let receiver = Receiver::start(200);
    assert_eq!(
        stderr(
            Role::Drop,
            &[("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.url(""))]
        ),
        ""
    );
    assert!(contains(&receiver.requests()[0].body, "worker_process"));
}

#[test]
fn a_second_shutdown_returns_the_counts_of_the_first() {
    let receiver = Receiver::start(200);
    let text = stderr(
        Role::Twice,
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.url(""))],
    );
    let report = "1 ended, 1 exported, 0 dropped";
    assert_eq!(text, format!("{report}\n{report} (was shut down before)\n"));
    assert_eq!(receiver.requests().len(), 1);
}

#[test]
fn the_reports_of_a_failed_shutdown_have_the_error_both_times() {
    let receiver = Receiver::start(400);
    let text = stderr(
        Role::Twice,
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.url(""))],
    );
    assert_eq!(text.lines().count(), 2, "{text}");
    for line in text.lines() {
        assert!(line.starts_with("1 ended, 0 exported, 1 dropped"), "{text}");
        assert!(line.contains("answered 400 Bad Request"), "{text}");
    }
}

#[test]
fn a_failed_export_is_reported_by_the_flush() {
    let receiver = Receiver::start(400);
    let text = stderr(
        Role::Flush,
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.url(""))],
    );
    assert!(
        text.starts_with("flush: spans were lost: ")
            && text.contains("OTEL_EXPORTER_OTLP_ENDPOINT"),
        "{text}"
    );
}

#[test]
fn a_collector_that_is_not_there_is_reported_by_the_flush() {
    let free = TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a port");
    let text = stderr(
        Role::Flush,
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", &format!("http://{free}"))],
    );
    let lines: Vec<_> = text.lines().collect();
    let [flush, dropped] = lines.as_slice() else {
        panic!("{text}");
    };
    assert!(flush.starts_with("flush: "), "{text}");
    let start = "traced-worker-telemetry: telemetry was dropped, and not all spans were exported";
    assert!(dropped.starts_with(start), "{text}");
}

#[test]
fn exports_make_no_spans() {
    let receiver = Receiver::start(200);
    // The name is resolved on a thread of its own.
    let endpoint = receiver.url("").replace("127.0.0.1", "localhost");
    let text = stderr(
        Role::TracesAll,
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint)],
    );
    assert_eq!(text, "20 ended, 20 exported, 0 dropped\n");
    assert_eq!(receiver.requests().len(), 20);
}

#[test]
fn nothing_that_can_be_printed_has_a_key() {
    let receiver = Receiver::start(403);
    let endpoint = receiver.url("/?token=secret5");
    let endpoint = endpoint.replace("http://", "http://secret1:secret2@");
    let invalid = "http://secret1:secret2@:/?token=secret5";
    for (endpoint, headers) in [
        (endpoint.as_str(), "api-key=secret3"),
        (invalid, "api-key=secret3"),
        (endpoint.as_str(), "secret4,api-key=secret3%0A"),
        ("https://secret1:secret2@h?secret5", "=secret3"),
    ] {
        let variables = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint),
            ("OTEL_EXPORTER_OTLP_HEADERS", headers),
        ];
        let text = stderr(Role::Debug, &variables);
        assert!(text.lines().count() > 4, "{text}");
        assert!(!text.contains("secret"), "{text}");
    }
}

#[test]
fn a_warning_of_the_collector_is_passed_on_once() {
    let warning = br#"{"partialSuccess":{"errorMessage":"take care"}}"#.to_vec();
    let answer = Answer::Body(200, "application/json", warning);
    let receiver = Receiver::answering(move |_| answer.clone());
    let endpoint = receiver.url("");
    let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str())];
    let text = stderr(Role::Twentyfold, &variables);
    assert_eq!(receiver.requests().len(), 20);
    assert_eq!(text.matches("take care").count(), 1, "{text}");
    assert!(text.contains("20 ended, 20 exported, 0 dropped"), "{text}");
}
