//! Tests of the environment variables.

use crate::receiver::Receiver;
use crate::role::{Role, stderr};

const EXPORTER: &str = "OTEL_TRACES_EXPORTER";

#[test]
fn a_disabled_sdk_records_nothing() {
    assert_eq!(stderr(Role::Flush, &[("OTEL_SDK_DISABLED", "true")]), "");
}

#[test]
fn the_sampler_is_honoured() {
    assert_eq!(
        stderr(Role::Flush, &[("OTEL_TRACES_SAMPLER", "always_off")]),
        ""
    );
    let none = [
        ("OTEL_TRACES_SAMPLER", "traceidratio"),
        ("OTEL_TRACES_SAMPLER_ARG", "0"),
    ];
    assert_eq!(stderr(Role::Flush, &none), "");
    assert!(stderr(Role::Flush, &[("OTEL_TRACES_SAMPLER", "always_on")]).contains("process_data"));
}

#[test]
fn an_invalid_value_is_an_error_that_names_it() {
    for (variable, value) in [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4318"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://host:port"),
        ("OTEL_TRACES_SAMPLER", "sometimes"),
        (EXPORTER, "zipkin"),
        ("OTEL_PROPAGATORS", "b3"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "0"),
        ("OTEL_RESOURCE_ATTRIBUTES", "nonsense"),
    ] {
        let text = stderr(Role::Flush, &[(variable, value)]);
        let expected = format!("init: {variable} is {value:?}: expected ");
        assert!(
            text.starts_with(&expected) && text.lines().count() == 1,
            "{text}"
        );
    }
}

#[test]
fn the_list_of_exporters_is_honoured() {
    for (list, sent, drawn) in [
        ("otlp", 1, false),
        ("console", 0, true),
        ("otlp,console", 1, true),
        ("none", 0, false),
    ] {
        let receiver = Receiver::start(200);
        let endpoint = receiver.url("");
        let variables = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
            (EXPORTER, list),
        ];
        let text = stderr(Role::Flush, &variables);
        assert_eq!(text.contains("worker_process"), drawn, "{list}: {text}");
        assert_eq!(receiver.requests().len(), sent, "{list}");
    }
}

#[test]
fn open_spans_are_waited_for_whatever_the_exporters_are() {
    let receiver = Receiver::start(200);
    let endpoint = receiver.url("");
    for (list, sent) in [("console", 0), ("otlp", 1), ("otlp,console", 2)] {
        let variables = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
            (EXPORTER, list),
        ];
        let text = stderr(Role::Open, &variables);
        let report = "1 ended, 1 exported, 0 dropped\n";
        assert!(text.starts_with("1 open\n0 open\n"), "{list}: {text}");
        assert!(text.ends_with(report), "{list}: {text}");
        assert_eq!(receiver.requests().len(), sent, "{list}");
    }
}

#[test]
fn the_list_of_propagators_is_honoured() {
    for (list, fields) in [
        ("", "baggage traceparent tracestate"),
        ("tracecontext", "traceparent tracestate"),
        ("baggage", "baggage"),
        ("none", ""),
    ] {
        let text = stderr(
            Role::Fields,
            &[("OTEL_PROPAGATORS", list), (EXPORTER, "none")],
        );
        assert_eq!(text.trim_end(), fields, "{list}");
    }
}
