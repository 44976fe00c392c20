//! Tests of the configuration file.

use std::fs;
use std::path::PathBuf;

use crate::receiver::Receiver;
use crate::role::{Role, stderr};

/// A file that is removed in the end.
struct File(PathBuf);

impl File {
    fn new(name: &str, text: &str) -> Self {
        let name = format!("traced-worker-{name}-{}.yaml", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::write(&path, text).expect("a file");
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().expect("text")
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// Returns a file whose spans go to these receivers.
fn to(processor: &str, receivers: &[&Receiver]) -> String {
    let processors: Vec<_> = receivers
        .iter()
        .map(|receiver| {
            let endpoint = receiver.url("/spans");
            format!("{{{processor}: {{exporter: {{otlp_http: {{endpoint: \"{endpoint}\"}}}}}}}}")
        })
        .collect();
    let processors = processors.join(", ");
    format!("file_format: \"1.1\"\ntracer_provider:\n  processors: [{processors}]\n")
}

#[test]
fn the_file_is_honoured_and_other_variables_are_ignored() {
    let (receiver, other) = (Receiver::start(200), Receiver::start(200));
    let text = "file_format: \"1.1\"\nresource:\n  attributes:\n  - name: service.name\n    value: \
                ${SERVICE:-file}\n  - {name: shards, value: [1, 2], type: int_array}\ntracer_provider:\n  \
                processors:\n  - batch:\n      exporter:\n        otlp_http:\n          endpoint: \
                ${COLLECTOR}/spans\n          compression: gzip\n          encoding: json\n          \
                headers:\n          - {name: api-key, value: \"${KEY}\"}\n";
    let file = File::new("honoured", text);
    let (url, ignored) = (receiver.url(""), other.url(""));
    let variables = [
        ("OTEL_CONFIG_FILE", file.path()),
        ("COLLECTOR", &url),
        ("KEY", "1234"),
        ("OTEL_SDK_DISABLED", "true"),
        ("OTEL_TRACES_EXPORTER", "console"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &ignored),
        ("OTEL_EXPORTER_OTLP_HEADERS", "ignored=1"),
        ("OTEL_TRACES_SAMPLER", "always_off"),
        ("OTEL_SERVICE_NAME", "ignored"),
        ("OTEL_RESOURCE_ATTRIBUTES", "ignored=1"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "x"),
    ];
    assert_eq!(stderr(Role::Flush, &variables), "");
    assert_eq!(other.connections(), 0);
    let requests = receiver.requests();
    assert_eq!(requests.len(), 1);
    let request = &requests[0];
    assert_eq!(request.line, "POST /spans HTTP/1.1");
    for header in [
        "api-key: 1234",
        "content-encoding: gzip",
        "content-type: application/json",
    ] {
        assert!(request.has_header(header), "{request:?}");
    }
    assert!(!request.has_header("ignored: 1"), "{request:?}");
}

#[test]
fn the_resource_is_that_of_the_file() {
    let receiver = Receiver::start(200);
    let text = format!(
        "resource:\n  attributes_list: team=a%2Cb\n  attributes:\n  - {{name: service.name, value: \
         file}}\n{}",
        to("batch", &[&receiver])
    );
    let file = File::new("resource", &text);
    let variables = [
        ("OTEL_CONFIG_FILE", file.path()),
        ("OTEL_SERVICE_NAME", "ignored"),
    ];
    assert_eq!(stderr(Role::Flush, &variables), "");
    let resource = receiver.requests()[0].resource();
    assert_eq!(resource["service.name"], "file");
    assert_eq!(resource["team"], "a,b");
    assert!(!resource.contains_key("process.pid"), "{resource:?}");
}

#[test]
fn each_exporter_has_an_account() {
    let (first, second, third) = (
        Receiver::start(200),
        Receiver::start(200),
        Receiver::start(400),
    );
    for processor in ["batch", "simple"] {
        let file = File::new(processor, &to(processor, &[&first, &second, &third]));
        let text = stderr(Role::Open, &[("OTEL_CONFIG_FILE", file.path())]);
        let good = "1 ended, 1 exported, 0 dropped";
        let bad = "1 ended, 0 exported, 1 dropped (1 export failed)";
        let (good_url, bad_url) = (second.url("/spans"), third.url("/spans"));
        let place =
            format!("tracer_provider.processors[2].{processor}.exporter.otlp_http.endpoint");
        let expected = format!(
            "1 open\n0 open\n{good}; to {good_url}: {good}; to {bad_url}: {bad}; spans were lost: {bad_url} \
             (OTEL_CONFIG_FILE {}: {place}) answered 400",
            file.path()
        );
        assert!(text.starts_with(&expected), "{text}\n{expected}");
    }
    let spans = [first, second, third].map(|receiver| receiver.spans());
    assert_eq!(spans, [2, 2, 0]);
}

#[test]
fn the_waterfall_is_the_console() {
    let text = "file_format: \"1.1\"\ntracer_provider:\n  processors:\n  - simple:\n      exporter:\n        \
                console:\n";
    let file = File::new("console", text);
    let variables = [
        ("OTEL_CONFIG_FILE", file.path()),
        ("OTEL_TRACES_EXPORTER", "none"),
    ];
    assert!(stderr(Role::Flush, &variables).contains("worker_process"));
}

#[test]
fn a_file_that_is_not_valid_is_an_error() {
    let text = "file_format: \"1.1\"\ntracer_provider:\n  processors:\n  - batch: {exporter: \
                {otlp_http: {endpoint: \"${KEY}\", timeout: \"${KEY}\"}}}\n";
    let file = File::new("invalid", text);
    let variables = [("OTEL_CONFIG_FILE", file.path()), ("KEY", "secret")];
    for role in [Role::Flush, Role::Debug] {
        let text = stderr(role, &variables);
        let place = "tracer_provider.processors[0].batch.exporter.otlp_http";
        for name in ["endpoint", "timeout"] {
            let problem = format!("{place}.{name} (line 4) is ");
            assert!(text.contains(&problem), "{text}");
        }
        let start = format!("OTEL_CONFIG_FILE {}: ", file.path());
        assert!(text.contains(&start) && !text.contains("secret"), "{text}");
    }
    let absent = [("OTEL_CONFIG_FILE", "/none/otel.yaml")];
    let text = stderr(Role::Flush, &absent);
    let start = "init: OTEL_CONFIG_FILE /none/otel.yaml: cannot be read: ";
    assert!(text.starts_with(start), "{text}");
}

#[test]
fn parts_that_are_not_supported_are_warned_of() {
    let receiver = Receiver::start(200);
    let text = format!("{}meter_provider:\n", to("batch", &[&receiver]));
    let file = File::new("warned", &text);
    let text = stderr(Role::Flush, &[("OTEL_CONFIG_FILE", file.path())]);
    let expected = format!(
        "traced-worker-telemetry: OTEL_CONFIG_FILE {}: meter_provider (line 4) is not supported, and \
         ignored.\n",
        file.path()
    );
    assert_eq!(text, expected);
}
