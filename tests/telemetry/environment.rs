//! Tests of the environment variables.

use opentelemetry_proto::tonic::common::v1::any_value::Value;

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

/// Variables with values that are not valid, and that are no secret.
const INVALID: [(&str, &str); 6] = [
    ("OTEL_TRACES_SAMPLER", "sometimes"),
    (EXPORTER, "zipkin"),
    ("OTEL_PROPAGATORS", "b3"),
    ("OTEL_BSP_MAX_QUEUE_SIZE", "100000000"),
    ("OTEL_SPAN_LINK_COUNT_LIMIT", "-1"),
    ("OTEL_SDK_DISABLED", "maybe"),
];

#[test]
fn an_invalid_value_is_warned_of_once_and_ignored() {
    for (variable, value) in INVALID {
        let text = stderr(Role::Flush, &[(variable, value)]);
        let expected = format!("traced-worker-telemetry: {variable} is {value:?}: expected ");
        assert!(text.starts_with(&expected), "{text}");
        assert_eq!(text.matches(variable).count(), 1, "{text}");
        assert!(text.contains("worker_process"), "{text}");
    }
    for (variable, value) in [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4318"),
        ("OTEL_RESOURCE_ATTRIBUTES", "nonsense"),
    ] {
        let text = stderr(Role::Flush, &[(variable, value)]);
        let expected = format!("traced-worker-telemetry: {variable} ");
        assert!(text.starts_with(&expected), "{text}");
    }
}

#[test]
fn an_invalid_value_is_an_error_if_telemetry_is_strict() {
    for (variable, value) in INVALID {
        let text = stderr(Role::Strict, &[(variable, value)]);
        let expected = format!("init: {variable} is {value:?}: expected ");
        assert!(
            text.starts_with(&expected) && text.lines().count() == 1,
            "{text}"
        );
    }
    let text = stderr(Role::Strict, &INVALID[..3]);
    for (variable, _) in &INVALID[..3] {
        assert!(text.contains(variable), "{text}");
    }
    assert!(stderr(Role::Strict, &[]).contains("worker_process"));
}

#[test]
fn values_in_attributes_are_cut_to_their_limit() {
    let receiver = Receiver::start(200);
    let endpoint = receiver.url("");
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
        ("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "3"),
    ];
    assert_eq!(stderr(Role::Flush, &variables), "");
    let spans = receiver.received();
    let texts: Vec<_> = spans
        .iter()
        .flat_map(|span| &span.attributes)
        .filter_map(
            |attribute| match attribute.value.as_ref()?.value.as_ref()? {
                Value::StringValue(text) => Some(text.as_str()),
                _ => None,
            },
        )
        .collect();
    assert!(texts.contains(&"abc"), "{texts:?}");
    assert!(texts.iter().all(|text| text.len() <= 3), "{texts:?}");
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
