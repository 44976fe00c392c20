//! Tests of processors and exporters.

use std::time::Duration;

use super::{collector, errors, exporter, provider, settings};
use crate::collector::Protocol;
use crate::settings::{Batch, Otlp, Processing};

#[test]
fn an_exporter_without_options_has_the_defaults() {
    let settings = settings(&exporter("otlp_http", ""));
    assert_eq!(settings.processing, Processing::Batch(Batch::default()));
    assert!(!settings.exporters.console);
    let collector = collector(settings);
    assert_eq!(
        collector.to_string(),
        "http://localhost:4318/v1/traces (OTEL_CONFIG_FILE /etc/otel.yaml: \
         tracer_provider.processors[0].batch.exporter.otlp_http)"
    );
    assert_eq!(collector.protocol, Protocol::HttpProtobuf);
    assert_eq!(collector.timeout, Some(Duration::from_secs(10)));
    assert!(!collector.gzip && collector.headers.is_empty());
}

#[test]
fn the_options_of_an_exporter_over_http() {
    let lines = "endpoint: \"http://user:pw@h:1/x?token=secret\"\nheaders_list: a=1,b=2%20x\nheaders:\n\
                 - {name: b, value: \"3\"}\n- {name: c, value: }\ncompression: gzip\ntimeout: 0\n\
                 encoding: json\ntls:\n  ca_file: /ca.pem";
    let collector = collector(settings(&exporter("otlp_http", lines)));
    assert_eq!(collector.url.as_str(), "http://h:1/x?token=secret");
    let place = "tracer_provider.processors[0].batch.exporter.otlp_http.endpoint";
    let shown = format!("http://h:1/x?.. (OTEL_CONFIG_FILE /etc/otel.yaml: {place})");
    assert_eq!(format!("{collector:?}"), shown);
    let mut headers: Vec<_> = collector
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {}", value.to_str().expect("ASCII")))
        .collect();
    headers.sort();
    assert_eq!(
        headers,
        ["a: 1", "authorization: Basic dXNlcjpwdw==", "b: 3"]
    );
    assert_eq!(collector.protocol, Protocol::HttpJson);
    assert!(collector.gzip);
    // The processor's timeout binds it, too.
    assert_eq!(collector.timeout, Some(Duration::from_secs(30)));
}

#[cfg(feature = "otlp-grpc")]
#[test]
fn the_options_of_an_exporter_over_grpc() {
    let address = |lines: &str| {
        collector(settings(&exporter("otlp_grpc", lines)))
            .url
            .to_string()
    };
    assert_eq!(address(""), "http://localhost:4317/");
    assert_eq!(address("endpoint: http://h:1"), "http://h:1/");
    assert_eq!(
        address("endpoint: h:1\ntls:\n  insecure: true"),
        "http://h:1/"
    );
    #[cfg(feature = "otlp-tls")]
    assert_eq!(address("endpoint: h:1"), "https://h:1/");
    assert_eq!(errors(&exporter("otlp_grpc", "encoding: json")).len(), 1);
    assert_eq!(
        errors(&exporter("otlp_http", "tls:\n  insecure: true")).len(),
        1
    );
}

#[cfg(feature = "otlp-tls")]
#[test]
fn the_files_for_tls_have_their_places() {
    let lines = "endpoint: https://h\ntls:\n  ca_file: /ca.pem\n  key_file: /key.pem\n  cert_file: /cert.pem";
    let tls = collector(settings(&exporter("otlp_http", lines)))
        .tls
        .expect("TLS");
    let (certificate, key) = tls.identity.expect("identity");
    let files = [tls.roots.expect("roots"), certificate, key];
    let place = "OTEL_CONFIG_FILE /etc/otel.yaml: \
                 tracer_provider.processors[0].batch.exporter.otlp_http.tls.";
    for (file, (name, path)) in files.iter().zip([
        ("ca_file", "/ca.pem"),
        ("cert_file", "/cert.pem"),
        ("key_file", "/key.pem"),
    ]) {
        assert_eq!(file.source, format!("{place}{name}"));
        assert_eq!(file.path, path);
    }
}

#[test]
fn the_options_of_a_batch_processor() {
    let file = |options: &str| {
        format!(
            "file_format: \"1.1\"\ntracer_provider:\n  processors:\n  - batch: {{{options} exporter: \
             {{otlp_http: {{timeout: 20000}}}}}}\n"
        )
    };
    let read = settings(&file(
        "schedule_delay: 0, export_timeout: 15000, max_queue_size: 7, max_export_batch_size: 9,",
    ));
    let expected = Batch {
        queue_size: 7,
        export_size: 7,
        delay: Duration::from_millis(1),
    };
    assert_eq!(read.processing, Processing::Batch(expected));
    assert_eq!(collector(read).timeout, Some(Duration::from_secs(15)));
    let read = settings(&file("export_timeout: 0, schedule_delay: ,"));
    assert_eq!(read.processing, Processing::Batch(Batch::default()));
    assert_eq!(collector(read).timeout, Some(Duration::from_secs(20)));
    for option in [
        "max_queue_size: 0,",
        "max_queue_size: 1048577,",
        "max_export_batch_size: 1e300,",
        "schedule_delay: -1,",
        "export_timeout: .inf,",
        "export_timeout: .nan,",
        "schedule_delay: \"1\",",
        "other: 1,",
    ] {
        assert_eq!(errors(&file(option)).len(), 1, "{option}");
    }
}

#[test]
fn the_first_collector_comes_first_and_the_others_behind_it() {
    let text = "file_format: \"1.1\"\ntracer_provider:\n  processors:\n  - simple: {exporter: {console: \
                }}\n  - simple: {exporter: {otlp_http: {endpoint: \"http://a\"}}}\n  - batch: {exporter: \
                {otlp_http: {endpoint: \"http://b\"}}}\n  - simple: {exporter: {otlp_http: {endpoint: \
                \"http://c\"}}}\n";
    let settings = settings(text);
    assert!(settings.exporters.console);
    assert_eq!(settings.processing, Processing::Simple);
    let Otlp::To(first) = &settings.exporters.otlp else {
        panic!("{settings:?}");
    };
    assert_eq!(first.address(), "http://a/");
    // A simple processor adds no timeout of its own.
    assert_eq!(first.timeout, Some(Duration::from_secs(10)));
    let further = settings.exporters.further.iter();
    let further: Vec<_> = further.map(|(it, how)| (it.address(), *how)).collect();
    let batch = Processing::Batch(Batch::default());
    let expected = [
        ("http://b/".to_owned(), batch),
        ("http://c/".to_owned(), Processing::Simple),
    ];
    assert_eq!(further, expected);
}

#[test]
fn a_second_waterfall_is_warned_of() {
    let text = provider("").replace(
        "  processors:\n",
        "  processors:\n  - batch: {exporter: {console: }}\n",
    );
    let (settings, warnings) = super::with(&text, &[]).expect("valid");
    assert!(settings.exporters.console);
    assert_eq!(warnings.len(), 1, "{warnings:?}");
}
