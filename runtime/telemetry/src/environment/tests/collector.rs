//! Tests of the collector's address, protocol, headers and compression.

use super::{ENDPOINT, EXPORTER, collector, exporters, ignored, settings, warnings};
use crate::collector::Protocol;

const TRACES: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";

/// Returns the address that is posted to.
#[track_caller]
fn posted(variables: &[(&str, &str)]) -> String {
    collector(settings(variables)).url.to_string()
}

#[test]
fn the_path_is_added_to_the_general_address_only() {
    let general = (ENDPOINT, "http://a:4318");
    for (variables, expected) in [
        (&[general][..], "http://a:4318/v1/traces"),
        (&[(ENDPOINT, "http://a/")], "http://a/v1/traces"),
        (&[(ENDPOINT, "http://a/x/")], "http://a/x/v1/traces"),
        (
            &[(ENDPOINT, "http://h:9?token=x")],
            "http://h:9/v1/traces?token=x",
        ),
        (&[(TRACES, "http://b"), general], "http://b/"),
        (&[(TRACES, "http://b/spans?a=b")], "http://b/spans?a=b"),
        (&[(TRACES, ""), general], "http://a:4318/v1/traces"),
        (&[(EXPORTER, "otlp")], "http://localhost:4318/v1/traces"),
    ] {
        assert_eq!(posted(variables), expected);
    }
}

#[test]
fn errors_name_the_address_and_its_variable_without_secrets() {
    for (variable, expected) in [
        (
            (ENDPOINT, "http://a:4318"),
            "http://a:4318/v1/traces (OTEL_EXPORTER_OTLP_ENDPOINT)",
        ),
        (
            (TRACES, "http://user:pass%40word@a/x?at=secret#secret"),
            "http://a/x?.. (OTEL_EXPORTER_OTLP_TRACES_ENDPOINT)",
        ),
        (
            (EXPORTER, "otlp"),
            "http://localhost:4318/v1/traces (OTEL_TRACES_EXPORTER)",
        ),
    ] {
        let collector = collector(settings(&[variable]));
        assert_eq!(collector.to_string(), expected);
        assert_eq!(format!("{collector:?}"), expected);
    }
}

#[test]
fn credentials_of_the_address_are_sent_in_a_header() {
    let header = |variables: &[(&str, &str)]| {
        let collector = collector(settings(variables));
        assert_eq!(
            (collector.url.username(), collector.url.password()),
            ("", None)
        );
        let header = collector.headers.get("authorization");
        header.map(|it| it.to_str().expect("ASCII").to_owned())
    };
    let endpoint = (ENDPOINT, "http://user:p%40ss@h");
    assert_eq!(header(&[endpoint]).as_deref(), Some("Basic dXNlcjpwQHNz"));
    let own = ("OTEL_EXPORTER_OTLP_HEADERS", "Authorization=Bearer x");
    assert_eq!(header(&[endpoint, own]).as_deref(), Some("Bearer x"));
    assert_eq!(header(&[(ENDPOINT, "http://h")]), None);
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
        assert_eq!(exporters(&settings(&[(ENDPOINT, value)])), (true, false));
    }
}

#[test]
fn an_address_that_is_not_valid_counts_as_not_set() {
    for value in [
        "localhost:4318",
        "ftp://h",
        "http:/h",
        "http://",
        "http:///v1",
        "http://:4318",
        "http://h:0",
        "http://h:65536",
        "http://h:x",
        "http://h:",
        "http://h /",
        "http://h\n",
        "http:\\\\h",
        " http://h",
        "grpc",
        "é",
        "http://u@",
    ] {
        for name in [ENDPOINT, TRACES] {
            let collector = collector(ignored(&[(name, value)], name));
            assert_eq!(collector.url.as_str(), "http://localhost:4318/v1/traces");
        }
        let both = [(TRACES, value), (ENDPOINT, "http://a")];
        let collector = collector(ignored(&both, TRACES));
        assert_eq!(collector.url.as_str(), "http://a/v1/traces");
    }
}

#[test]
fn an_address_stands_in_no_warning_as_it_may_hold_credentials() {
    for value in [
        "user:secret@h",
        "ftp://user:secret@h",
        "http://user:secret@h:0/?k=secret",
    ] {
        let text = warnings(&[(ENDPOINT, value)]).join("\n");
        assert!(
            text.contains(ENDPOINT) && !text.contains("secret"),
            "{text}"
        );
    }
    let text = warnings(&[(ENDPOINT, "https://user:secret@h/?k=secret")]).join("\n");
    assert_eq!(text.contains("otlp-tls"), !cfg!(feature = "otlp-tls"));
    assert!(!text.contains("secret"), "{text}");
}

#[test]
fn protocols_are_read_in_any_case() {
    for name in [
        "OTEL_EXPORTER_OTLP_PROTOCOL",
        "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
    ] {
        let endpoint = (ENDPOINT, "http://h");
        let protocol = |value| collector(settings(&[endpoint, (name, value)])).protocol;
        assert_eq!(protocol("http/protobuf"), Protocol::HttpProtobuf);
        assert_eq!(protocol("HTTP/JSON"), Protocol::HttpJson);
        #[cfg(feature = "otlp-grpc")]
        assert_eq!(protocol("gRPC"), Protocol::Grpc);
        #[cfg(not(feature = "otlp-grpc"))]
        assert!(matches!(
            ignored(&[endpoint, (name, "grpc")], name).exporters.otlp,
            super::Otlp::Unavailable(_)
        ));
        let collector = collector(ignored(&[endpoint, (name, "x")], name));
        assert_eq!(collector.protocol, Protocol::HttpProtobuf);
        // It is not read if nothing is exported.
        settings(&[(name, "x")]);
    }
}

#[cfg(feature = "otlp-grpc")]
#[test]
fn grpc_has_its_own_default_and_no_path() {
    let grpc = ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");
    let default = collector(settings(&[(EXPORTER, "otlp"), grpc]));
    assert_eq!(default.authority(), "http://localhost:4317");
    let other = collector(settings(&[(ENDPOINT, "http://u:p@a:1/x?y"), grpc]));
    assert_eq!(other.authority(), "http://a:1");
}

#[test]
fn compression_is_gzip_or_none() {
    let endpoint = (ENDPOINT, "http://h");
    let (own, general) = (
        "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION",
        "OTEL_EXPORTER_OTLP_COMPRESSION",
    );
    for (variables, expected) in [
        (vec![], false),
        (vec![(general, "GZIP")], true),
        (vec![(own, "none"), (general, "gzip")], false),
    ] {
        let variables = [vec![endpoint], variables].concat();
        assert_eq!(collector(settings(&variables)).gzip, expected);
    }
    let variables = [endpoint, (own, "zstd"), (general, "gzip")];
    assert!(collector(ignored(&variables, own)).gzip);
}

/// Returns the headers as lines.
fn lines(collector: &crate::collector::Collector) -> Vec<String> {
    let header = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        format!("{name}: {}", value.to_str().expect("ASCII"))
    };
    let mut lines: Vec<_> = collector.headers.iter().map(header).collect();
    lines.sort();
    lines
}

const HEADERS: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
    "OTEL_EXPORTER_OTLP_HEADERS",
];

#[test]
fn headers_are_decoded() {
    let endpoint = (ENDPOINT, "http://h");
    for name in HEADERS {
        for (value, expected) in [
            ("a=b", &["a: b"][..]),
            ("api-key=x%20y, b = c ,", &["api-key: x y", "b: c"]),
            ("Authorization=Basic QQ==", &["authorization: Basic QQ=="]),
            ("a=1,a=2", &["a: 2"]),
        ] {
            let collector = collector(settings(&[endpoint, (name, value)]));
            assert_eq!(lines(&collector), expected);
        }
    }
    let both = [(HEADERS[0], "a=b"), (HEADERS[1], "c=d")];
    let own = collector(settings(&[endpoint, both[0], both[1]]));
    assert_eq!(lines(&own), ["a: b"]);
    let empty = collector(settings(&[endpoint, (HEADERS[0], ""), both[1]]));
    assert_eq!(lines(&empty), ["c: d"]);
}

#[test]
fn a_header_that_no_request_can_have_is_left_out_and_its_value_not_shown() {
    let endpoint = (ENDPOINT, "http://h");
    for value in [
        "secret",
        "=secret",
        "a b=secret",
        "a=secret%0Ax",
        "a=secret%00",
        "a=secret%ZZ",
        "a=secret\u{e9}",
        "a=secret%C3%A9",
        "a%0A=secret",
        "content-length=secret",
        "Host=secret",
        "a=",
    ] {
        for name in HEADERS {
            let list = format!("{value},good=1");
            let variables = [endpoint, (name, list.as_str())];
            let collector = collector(ignored(&variables, name));
            assert_eq!(lines(&collector), ["good: 1"], "{value}");
            let text = warnings(&variables).join("\n");
            assert!(
                text.contains("number 1") && !text.contains("secret"),
                "{text}"
            );
        }
    }
}
