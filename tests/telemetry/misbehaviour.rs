//! Tests with a collector that misbehaves, over HTTP: a span counts as exported only if the collector
//! says so, and keys go to nobody else.

use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceResponse,
};
use prost::Message as _;

use crate::child_process::{ChildProcess, Exit};
use crate::receiver::{Answer, Receiver};

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const PROTOBUF: &str = "application/x-protobuf";

/// Runs this many messages with these variables, and stops.
#[track_caller]
fn run(messages: u64, variables: &[(&str, &str)]) -> Exit {
    let mut child = ChildProcess::start(variables);
    let ran = child.send(&format!("run {messages}"));
    assert_eq!(ran, format!("ran {messages}"));
    assert_eq!(child.send("stop"), "stopping");
    let exit = child.wait_for_exit();
    exit.assert_adds_up();
    exit
}

/// Asserts that none of four spans counts as exported, and returns the report's line.
#[track_caller]
fn nothing_is_exported(answer: &Answer) -> String {
    let answered = answer.clone();
    let receiver = Receiver::answering(move |_| answered.clone());
    let exit = run(4, &[(ENDPOINT, &receiver.url(""))]);
    let counts = (exit.get("exported"), exit.get("export_failed"));
    assert_eq!(counts, (0, 4), "{answer:?}: {exit:?}");
    assert!(exit.line.contains(ENDPOINT), "{}", exit.line);
    assert_eq!(receiver.requests().len(), 1, "{answer:?} is not repeated");
    exit.line
}

fn partial(rejected_spans: i64, error_message: &str) -> Vec<u8> {
    let partial_success = Some(ExportTracePartialSuccess {
        rejected_spans,
        error_message: error_message.to_owned(),
    });
    ExportTraceServiceResponse { partial_success }.encode_to_vec()
}

#[test]
fn spans_that_the_collector_rejects_are_lost() {
    let line = nothing_is_exported(&Answer::Body(200, PROTOBUF, partial(4, "too old")));
    assert!(line.contains("rejected 4 of 4 spans: too old"), "{line}");
    nothing_is_exported(&Answer::Body(200, PROTOBUF, partial(i64::MAX, "")));
    let json = br#"{"partialSuccess":{"rejectedSpans":"4"}}"#.to_vec();
    nothing_is_exported(&Answer::Body(200, "application/json", json));
    for (rejected, exported) in [(3, 1), (0, 4), (-1, 4)] {
        let body = partial(rejected, "take care");
        let receiver = Receiver::answering(move |_| Answer::Body(200, PROTOBUF, body.clone()));
        let exit = run(4, &[(ENDPOINT, &receiver.url(""))]);
        let counts = (exit.get("exported"), exit.get("export_failed"));
        assert_eq!(counts, (exported, 4 - exported), "{rejected}: {exit:?}");
    }
}

#[test]
fn an_answer_that_is_not_a_collector_s_is_a_failure() {
    for (content_type, body) in [
        ("text/html", "<html>Log in</html>"),
        ("text/plain", "ok"),
        (PROTOBUF, "\u{7f}ab\u{1}"),
        ("application/json", "nonsense"),
    ] {
        let line = nothing_is_exported(&Answer::Body(200, content_type, body.into()));
        assert!(line.contains(content_type), "{line}");
    }
    for status in [201, 202, 204] {
        let line = nothing_is_exported(&Answer::Status(status));
        assert!(line.contains("where OTLP has 200"), "{line}");
    }
}

#[test]
fn no_redirect_is_followed() {
    for status in [301, 302, 303, 307, 308] {
        let stranger = Receiver::start(200);
        let answer = Answer::Redirect(status, stranger.url("/elsewhere"));
        let receiver = Receiver::answering(move |_| answer.clone());
        let exit = run(
            4,
            &[
                (ENDPOINT, &receiver.url("")),
                ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=1234567"),
            ],
        );
        let counts = (exit.get("exported"), exit.get("export_failed"));
        assert_eq!(counts, (0, 4), "{status}: {exit:?}");
        assert!(exit.line.contains("redirects are not followed"), "{exit:?}");
        assert!(receiver.requests()[0].has_header("api-key: 1234567"));
        assert_eq!(stranger.requests().len(), 0, "{status}");
    }
}

#[test]
fn a_batch_that_is_too_large_is_split_and_sent_again() {
    for status in [413, 400] {
        let text = b"http: request body too large".to_vec();
        let receiver = Receiver::answering(move |_| Answer::Limit(2000, status, text.clone()));
        let exit = run(64, &[(ENDPOINT, &receiver.url(""))]);
        let counts = (exit.get("exported"), exit.get("dropped"));
        assert_eq!(counts, (64, 0), "{status}: {exit:?}");
        assert_eq!(receiver.spans(), 64);
        assert!(receiver.requests().len() > 2);
    }
}

#[test]
fn a_span_that_is_too_large_alone_is_lost_and_the_others_are_not() {
    // The worker span of the first message has a long name in no test: every span is too large.
    let receiver = Receiver::answering(move |_| Answer::Limit(10, 413, Vec::new()));
    let exit = run(4, &[(ENDPOINT, &receiver.url(""))]);
    let counts = (exit.get("exported"), exit.get("export_failed"));
    assert_eq!(counts, (0, 4), "{exit:?}");
    assert!(exit.line.contains("answered 413"), "{exit:?}");
    // 4, 2 + 2, 1 + 1 + 1 + 1.
    assert_eq!(receiver.requests().len(), 7);
}

#[test]
fn an_error_has_the_cause_and_the_address() {
    let port = crate::receiver::free_port();
    let endpoint = format!("http://{}", port.local_addr().expect("its address"));
    drop(port);
    let exit = run(4, &[(ENDPOINT, &endpoint)]);
    let expected = format!(
        "{endpoint}/v1/traces ({ENDPOINT}) could not be reached: Connection refused (os error 111); \
         is a collector running there?"
    );
    assert!(exit.line.contains(&expected), "{}", exit.line);

    let receiver = Receiver::start(404);
    let exit = run(4, &[(ENDPOINT, &receiver.url("/v1/traces"))]);
    let expected = "/v1/traces/v1/traces (OTEL_EXPORTER_OTLP_ENDPOINT) answered 404 Not Found; \
                    /v1/traces is added to that address, and it ends so already";
    assert!(exit.line.contains(expected), "{}", exit.line);

    let (_never, held) = Answer::held();
    let receiver = Receiver::answering(move |_| held.clone());
    let timeout = ("OTEL_EXPORTER_OTLP_TIMEOUT", "100");
    let exit = run(4, &[(ENDPOINT, &receiver.url("")), timeout]);
    assert!(exit.line.contains("did not answer in "), "{}", exit.line);
}

#[test]
fn keys_stand_in_no_error() {
    let echoed = b"no access for Basic dXNlcjpwYXNzd29yZA== with 1234567 and token99".to_vec();
    let receiver = Receiver::answering(move |_| Answer::Body(403, "text/plain", echoed.clone()));
    let endpoint = receiver.url("?token=token99");
    let endpoint = endpoint.replace("http://", "http://user:password@");
    let exit = run(
        4,
        &[
            (ENDPOINT, &endpoint),
            ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=1234567"),
        ],
    );
    let request = &receiver.requests()[0];
    assert_eq!(request.line, "POST /v1/traces?token=token99 HTTP/1.1");
    assert!(request.has_header("authorization: Basic dXNlcjpwYXNzd29yZA=="));
    assert!(request.has_header("api-key: 1234567"));
    let text = &exit.line;
    assert!(
        text.contains("answered 403 Forbidden: no access for"),
        "{text}"
    );
    for secret in ["password", "dXNlcjpwYXNzd29yZA", "1234567", "token99"] {
        assert!(!text.contains(secret), "{text}");
    }
}

#[test]
fn spans_are_sent_as_json() {
    let answer = Answer::Body(200, "application/json", b"{}".to_vec());
    let receiver = Receiver::answering(move |_| answer.clone());
    let protocol = ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json");
    let exit = run(4, &[(ENDPOINT, &receiver.url("")), protocol]);
    assert_eq!(exit.get("exported"), 4, "{exit:?}");
    let request = &receiver.requests()[0];
    assert!(request.has_header("content-type: application/json"));
    let json: serde_json::Value = serde_json::from_slice(&request.body).expect("JSON");
    let span = &json["resourceSpans"][0]["scopeSpans"][0]["spans"][0];
    let trace_id = span["traceId"].as_str().expect("text");
    assert_eq!(trace_id.len(), 32, "{span}");
    assert!(span["startTimeUnixNano"].is_string(), "{span}");
}
