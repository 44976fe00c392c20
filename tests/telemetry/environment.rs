//! What the environment can ask for, and what it cannot.

use crate::child::{Role, stderr};
use crate::receiver::Receiver;

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
fn a_value_that_cannot_be_meant_is_named_and_nothing_runs() {
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
fn the_list_of_exporters_says_where_spans_go() {
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
fn the_global_propagator_speaks_what_the_list_says() {
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
