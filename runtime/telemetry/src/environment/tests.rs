//! Tests of valid and invalid values.

mod endpoints;

use super::{Exporters, InitError, Propagator, Protocol, Settings, read};

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

fn with(variables: &[(&str, &str)]) -> Result<Option<Settings>, InitError> {
    read(|name| {
        variables
            .iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| (*value).to_owned())
    })
}

#[track_caller]
fn settings(variables: &[(&str, &str)]) -> Settings {
    match with(variables) {
        Ok(Some(settings)) => settings,
        other => panic!("{variables:?}: {other:?}"),
    }
}

/// Returns whether spans go to a collector, and to the terminal.
#[track_caller]
fn exporters(variables: &[(&str, &str)]) -> (bool, bool) {
    let Exporters { console, otlp } = settings(variables).exporters;
    (otlp.is_some(), console)
}

#[track_caller]
fn refused(variables: &[(&str, &str)], named: &str) {
    match with(variables) {
        Err(InitError::InvalidVariable { variable, .. }) => assert_eq!(variable, named),
        other => panic!("{variables:?}: {other:?}"),
    }
}

#[test]
fn a_disabled_sdk_takes_precedence() {
    let variables = [("OTEL_SDK_DISABLED", "True"), (ENDPOINT, "nonsense")];
    assert_eq!(with(&variables).ok(), Some(None));
    assert_eq!(exporters(&[("OTEL_SDK_DISABLED", "1")]), (false, true));
}

#[test]
fn an_endpoint_means_a_collector_and_no_variable_the_terminal() {
    assert_eq!(exporters(&[]), (false, true));
    assert_eq!(exporters(&[(ENDPOINT, "")]), (false, true));
    assert_eq!(exporters(&[(ENDPOINT, "http://h")]), (true, false));
}

#[test]
fn the_variable_for_exporters_takes_precedence_over_the_endpoint() {
    for (list, expected) in [
        ("otlp", (true, false)),
        ("console", (false, true)),
        ("otlp,console", (true, true)),
        (" console , otlp,otlp,", (true, true)),
        ("none", (false, false)),
    ] {
        let list = ("OTEL_TRACES_EXPORTER", list);
        assert_eq!(exporters(&[list]), expected);
        assert_eq!(exporters(&[list, (ENDPOINT, "http://h")]), expected);
    }
    for list in [
        "Otlp",
        "zipkin",
        "logging",
        "otlp;console",
        "none,otlp",
        ",",
        "otlp console",
    ] {
        refused(&[("OTEL_TRACES_EXPORTER", list)], "OTEL_TRACES_EXPORTER");
    }
}

#[test]
fn propagators_are_w3c_s_or_none() {
    let both = vec![Propagator::TraceContext, Propagator::Baggage];
    assert_eq!(settings(&[]).propagators, both);
    for (list, expected) in [
        ("tracecontext,baggage", both),
        ("baggage", vec![Propagator::Baggage]),
        ("tracecontext, tracecontext", vec![Propagator::TraceContext]),
        ("none", vec![]),
    ] {
        assert_eq!(
            settings(&[("OTEL_PROPAGATORS", list)]).propagators,
            expected
        );
    }
    for list in [
        "b3",
        "b3multi",
        "jaeger",
        "xray",
        "tracecontext,b3",
        "none,baggage",
        "W3C",
    ] {
        refused(&[("OTEL_PROPAGATORS", list)], "OTEL_PROPAGATORS");
    }
}

#[test]
fn unknown_protocols_are_refused_if_spans_are_exported() {
    for name in [
        "OTEL_EXPORTER_OTLP_PROTOCOL",
        "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
    ] {
        let endpoint = (ENDPOINT, "http://h");
        for value in ["http/json", "GRPC", "x"] {
            refused(&[endpoint, (name, value)], name);
            refused(&[("OTEL_TRACES_EXPORTER", "otlp"), (name, value)], name);
        }
        let protocol = |value| {
            let otlp = settings(&[endpoint, (name, value)]).exporters.otlp;
            otlp.map(|collector| collector.protocol)
        };
        assert_eq!(protocol("http/protobuf"), Some(Protocol::HttpProtobuf));
        #[cfg(feature = "otlp-grpc")]
        assert_eq!(protocol("grpc"), Some(Protocol::Grpc));
        #[cfg(not(feature = "otlp-grpc"))]
        refused(&[endpoint, (name, "grpc")], name);
        assert_eq!(exporters(&[(name, "x")]), (false, true));
    }
    let general = ("OTEL_EXPORTER_OTLP_PROTOCOL", "x");
    let own = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/protobuf");
    assert_eq!(
        exporters(&[(ENDPOINT, "http://h"), general, own]),
        (true, false)
    );
}

#[test]
fn values_that_the_exporter_would_skip_are_refused() {
    for (name, good, bad) in [
        (
            "COMPRESSION",
            &["gzip", "none"][..],
            &["zstd", "GZIP", "1"][..],
        ),
        ("TIMEOUT", &["1", "10000"], &["0", "10s", "-1", "1.5", " 1"]),
        (
            "HEADERS",
            &["a=b", "api-key=x%20y, b = c ,", "Authorization=Basic QQ=="],
            &["a", "=b", "a b=c", "a=", "a=b,c", "a=\u{e9}"],
        ),
    ] {
        for scope in ["", "TRACES_"] {
            let name = format!("OTEL_EXPORTER_OTLP_{scope}{name}");
            for value in good {
                let variables = [(ENDPOINT, "http://h"), (name.as_str(), *value)];
                assert_eq!(exporters(&variables), (true, false));
            }
            for value in bad {
                refused(&[(ENDPOINT, "http://h"), (&name, value)], &name);
            }
        }
    }
}

#[test]
fn values_that_the_sdk_would_replace_or_skip_are_refused() {
    for (name, good, bad) in [
        (
            "OTEL_TRACES_SAMPLER",
            &["always_off", "traceidratio"][..],
            &["alway_off", "jaeger_remote"][..],
        ),
        (
            "OTEL_RESOURCE_ATTRIBUTES",
            &["a=b", "a=b, c =d,", "a="],
            &["a", "a=b;c,d", "=b"],
        ),
        ("OTEL_BSP_MAX_QUEUE_SIZE", &["1"], &["0", "many", "-1"]),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", &["1"], &["0", "1e3"]),
        ("OTEL_BSP_SCHEDULE_DELAY", &["1"], &["0", "5s"]),
        ("OTEL_BSP_EXPORT_TIMEOUT", &["1"], &["never"]),
        ("OTEL_BSP_MAX_CONCURRENT_EXPORTS", &["1"], &["x"]),
        (
            "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT",
            &["0", "128"],
            &["-1", "x"],
        ),
        ("OTEL_SPAN_EVENT_COUNT_LIMIT", &["0"], &["4294967296"]),
        ("OTEL_SPAN_LINK_COUNT_LIMIT", &["0"], &["x"]),
    ] {
        for value in good {
            settings(&[(name, value)]);
        }
        for value in bad {
            refused(&[(name, value)], name);
        }
    }
    let ratio = ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio");
    for value in ["x", "-0.1", "1.1", "NaN"] {
        let argument = ("OTEL_TRACES_SAMPLER_ARG", value);
        refused(&[ratio, argument], "OTEL_TRACES_SAMPLER_ARG");
        settings(&[argument]);
    }
    settings(&[ratio, ("OTEL_TRACES_SAMPLER_ARG", "0.25")]);
}

#[test]
fn the_queue_size_is_the_one_that_the_sdk_reads() {
    assert_eq!(settings(&[]).queue_size, 2048);
    assert_eq!(settings(&[("OTEL_BSP_MAX_QUEUE_SIZE", "7")]).queue_size, 7);
}

#[test]
fn an_error_names_variable_value_and_remedy() {
    for (variable, value, expected) in [
        (
            ENDPOINT,
            "localhost:4318",
            r#"OTEL_EXPORTER_OTLP_ENDPOINT is "localhost:4318": expected an address such as http://localhost:4318"#,
        ),
        (
            "OTEL_TRACES_EXPORTER",
            "jaeger",
            r#"OTEL_TRACES_EXPORTER is "jaeger": expected otlp, console, both with a comma between them, or none alone"#,
        ),
    ] {
        let error = with(&[(variable, value)]).expect_err("not allowed");
        assert_eq!(error.to_string(), expected);
    }
}
