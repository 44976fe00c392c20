//! Export over OTLP (http/protobuf).

use std::net::TcpListener;

use crate::child::{Role, stderr};
use crate::receiver::Receiver;

fn contains(body: &[u8], text: &str) -> bool {
    body.windows(text.len())
        .any(|window| window == text.as_bytes())
}

#[test]
fn spans_go_to_the_endpoint_and_no_picture_is_drawn() {
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
fn dropping_the_telemetry_exports_what_is_left() {
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
fn a_second_shutdown_says_so_and_still_ends_the_pools_that_were_not() {
    let receiver = Receiver::start(200);
    let text = stderr(
        Role::Twice,
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.url(""))],
    );
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 2, "{text}");
    // The second pool may have run its message before the telemetry ended, or after.
    let end = " exported, 0 dropped";
    assert!(
        lines[0].starts_with("1 completed, ") && lines[0].ends_with(end),
        "{text}"
    );
    assert!(lines[1].starts_with("2 completed, "), "{text}");
    assert!(lines[1].ends_with(" (was shut down before)"), "{text}");
    assert_eq!(receiver.requests().len(), 1);
}

#[test]
fn a_failed_shutdown_is_an_error_with_the_report_both_times() {
    let receiver = Receiver::start(400);
    let text = stderr(
        Role::Twice,
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.url(""))],
    );
    assert_eq!(text.lines().count(), 2, "{text}");
    for line in text.lines() {
        assert!(
            line.starts_with("error: telemetry did not end well: "),
            "{text}"
        );
        assert!(line.contains("status code: 400"), "{text}");
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
    assert!(
        text.starts_with("flush: ") && text.lines().count() == 1,
        "{text}"
    );
}
