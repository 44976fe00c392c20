//! Tests of valid values, and of others: each is warned of once, and counts as not set.

mod collector;

use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry_sdk::trace::Sampler;

use super::{EnvironmentWarning, read};
use crate::collector::Collector;
use crate::settings::{Otlp, Processing, Propagator, Settings};

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const EXPORTER: &str = "OTEL_TRACES_EXPORTER";

/// Returns the settings, and the names of the variables that are warned of.
#[track_caller]
fn with(variables: &[(&str, &str)]) -> (Settings, Vec<&'static str>) {
    let (settings, warnings) = read(
        |name| {
            let found = variables.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).into())
        },
        false,
    );
    let warned = warnings.iter().map(EnvironmentWarning::variable).collect();
    (settings.expect("not disabled"), warned)
}

#[track_caller]
fn settings(variables: &[(&str, &str)]) -> Settings {
    let (settings, warned) = with(variables);
    assert!(warned.is_empty(), "{variables:?}: {warned:?}");
    settings
}

/// Asserts that this variable is warned of once, and returns the settings.
#[track_caller]
fn ignored(variables: &[(&str, &str)], named: &str) -> Settings {
    let (settings, warned) = with(variables);
    assert_eq!(warned, [named], "{variables:?}");
    settings
}

/// Returns the texts of all warnings.
fn warnings(variables: &[(&str, &str)]) -> Vec<String> {
    let (_, warnings) = read(
        |name| {
            let found = variables.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).into())
        },
        false,
    );
    warnings.iter().map(ToString::to_string).collect()
}

/// Returns whether spans go to a collector, and to the terminal.
fn exporters(settings: &Settings) -> (bool, bool) {
    let exporters = &settings.exporters;
    (matches!(exporters.otlp, Otlp::To(_)), exporters.console)
}

#[track_caller]
fn collector(settings: Settings) -> Collector {
    match settings.exporters.otlp {
        Otlp::To(collector) => *collector,
        other => panic!("{other:?}"),
    }
}

fn parent_based(root: Sampler) -> Sampler {
    Sampler::ParentBased(Box::new(root))
}

#[test]
fn a_disabled_sdk_takes_precedence() {
    for (value, is_disabled, warned) in [
        ("true", true, 0),
        ("TRUE", true, 0),
        ("false", false, 0),
        ("1", false, 1),
        ("yes", false, 1),
        ("", false, 0),
    ] {
        let (settings, warnings) = read(
            |name| (name == "OTEL_SDK_DISABLED").then(|| value.into()),
            false,
        );
        assert_eq!(settings.is_none(), is_disabled, "{value}");
        assert_eq!(warnings.len(), warned, "{value}");
    }
}

#[test]
fn an_endpoint_means_a_collector_and_no_variable_the_terminal() {
    assert_eq!(exporters(&settings(&[])), (false, true));
    assert_eq!(exporters(&settings(&[(ENDPOINT, "")])), (false, true));
    let endpoint = [(ENDPOINT, "http://h")];
    assert_eq!(exporters(&settings(&endpoint)), (true, false));
}

#[test]
fn the_variable_for_exporters_takes_precedence_over_the_endpoint() {
    for (list, expected) in [
        ("otlp", (true, false)),
        ("OTLP", (true, false)),
        ("console", (false, true)),
        ("otlp,console", (true, true)),
        (" Console , otlp,otlp,", (true, true)),
        ("none", (false, false)),
        ("None,none", (false, false)),
    ] {
        let list = (EXPORTER, list);
        assert_eq!(exporters(&settings(&[list])), expected);
        let endpoint = (ENDPOINT, "http://h");
        assert_eq!(exporters(&settings(&[list, endpoint])), expected);
    }
}

#[test]
fn exporters_that_are_not_known_are_ignored() {
    for (list, expected) in [
        ("zipkin", (false, true)),
        ("otlp;console", (false, true)),
        ("otlp console", (false, true)),
        ("zipkin,otlp", (true, false)),
        ("none,otlp", (true, false)),
    ] {
        let settings = ignored(&[(EXPORTER, list)], EXPORTER);
        assert_eq!(exporters(&settings), expected, "{list}");
    }
    let variables = [(EXPORTER, "logging"), (ENDPOINT, "http://h")];
    assert_eq!(exporters(&ignored(&variables, EXPORTER)), (true, false));
}

#[test]
fn propagators_are_w3c_s_or_none() {
    let both = vec![Propagator::TraceContext, Propagator::Baggage];
    assert_eq!(settings(&[]).propagators, both);
    for (list, expected) in [
        ("tracecontext,baggage", both.clone()),
        ("Baggage", vec![Propagator::Baggage]),
        ("tracecontext, tracecontext", vec![Propagator::TraceContext]),
        ("none", vec![]),
    ] {
        let settings = settings(&[("OTEL_PROPAGATORS", list)]);
        assert_eq!(settings.propagators, expected, "{list}");
    }
    for (list, expected) in [
        ("b3", both.clone()),
        ("W3C", both),
        ("tracecontext,b3", vec![Propagator::TraceContext]),
        ("none,baggage", vec![Propagator::Baggage]),
    ] {
        let settings = ignored(&[("OTEL_PROPAGATORS", list)], "OTEL_PROPAGATORS");
        assert_eq!(settings.propagators, expected, "{list}");
    }
}

#[test]
fn samplers_are_read_in_any_case() {
    use Sampler::{AlwaysOff, AlwaysOn, TraceIdRatioBased};
    let ratio = ("OTEL_TRACES_SAMPLER_ARG", "0.25");
    for (name, expected) in [
        ("always_on", AlwaysOn),
        ("Always_Off", AlwaysOff),
        ("traceidratio", TraceIdRatioBased(0.25)),
        ("parentbased_always_on", parent_based(AlwaysOn)),
        ("PARENTBASED_ALWAYS_OFF", parent_based(AlwaysOff)),
        (
            "parentbased_traceidratio",
            parent_based(TraceIdRatioBased(0.25)),
        ),
    ] {
        let sampler = settings(&[("OTEL_TRACES_SAMPLER", name), ratio]).sampler;
        assert_eq!(format!("{sampler:?}"), format!("Some({expected:?})"));
    }
    for name in [
        "sometimes",
        "jaeger_remote",
        "parentbased_jaeger_remote",
        "xray",
    ] {
        let variables = [("OTEL_TRACES_SAMPLER", name)];
        let sampler = ignored(&variables, "OTEL_TRACES_SAMPLER").sampler;
        assert!(sampler.is_none(), "{sampler:?}");
    }
    for argument in ["x", "-0.1", "1.1", "NaN", "1e400"] {
        let argument = ("OTEL_TRACES_SAMPLER_ARG", argument);
        let ratio = ("OTEL_TRACES_SAMPLER", "traceidratio");
        let sampler = ignored(&[ratio, argument], "OTEL_TRACES_SAMPLER_ARG").sampler;
        let expected = Some(TraceIdRatioBased(1.0));
        assert_eq!(format!("{sampler:?}"), format!("{expected:?}"));
        settings(&[argument]);
    }
}

/// Returns the numbers, in the order of the table in the crate's documentation.
fn numbers(settings: &Settings) -> [u64; 9] {
    let [queue_size, export_size, delay] = match settings.processing {
        Processing::Batch(batch) => [
            batch.queue_size as u64,
            batch.export_size as u64,
            batch.delay.as_millis().try_into().unwrap_or(u64::MAX),
        ],
        #[cfg(feature = "config-file")]
        Processing::Simple => panic!("{settings:?}"),
    };
    let limits = settings.limits;
    [
        queue_size,
        export_size,
        delay,
        limits.attributes.map_or(UNSET, u64::from),
        limits.events.map_or(UNSET, u64::from),
        limits.links.map_or(UNSET, u64::from),
        limits.event_attributes.map_or(UNSET, u64::from),
        limits.link_attributes.map_or(UNSET, u64::from),
        limits.value_length.map_or(UNSET, |it| it as u64),
    ]
}

const UNSET: u64 = u64::MAX;

const DEFAULTS: [u64; 9] = [2048, 512, 5000, UNSET, UNSET, UNSET, UNSET, UNSET, UNSET];

#[test]
fn numbers_are_read() {
    assert_eq!(numbers(&settings(&[])), DEFAULTS);
    for (index, names) in [
        (0, &["OTEL_BSP_MAX_QUEUE_SIZE"][..]),
        (1, &["OTEL_BSP_MAX_EXPORT_BATCH_SIZE"]),
        (2, &["OTEL_BSP_SCHEDULE_DELAY"]),
        (
            3,
            &[
                "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT",
                "OTEL_ATTRIBUTE_COUNT_LIMIT",
            ],
        ),
        (4, &["OTEL_SPAN_EVENT_COUNT_LIMIT"]),
        (5, &["OTEL_SPAN_LINK_COUNT_LIMIT"]),
        (6, &["OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT"]),
        (7, &["OTEL_LINK_ATTRIBUTE_COUNT_LIMIT"]),
        (
            8,
            &[
                "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT",
                "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT",
            ],
        ),
    ] {
        let mut expected = DEFAULTS;
        expected[index] = 600;
        for name in names {
            assert_eq!(numbers(&settings(&[(name, "600")])), expected, "{name}");
            for value in [
                "many",
                "-1",
                "1.5",
                "1e3",
                "99999999999999999999",
                "4294967296",
            ] {
                let settings = ignored(&[(name, value)], name);
                assert_eq!(numbers(&settings), DEFAULTS, "{name} {value}");
            }
        }
        if let [own, general] = names {
            let both = [(*own, "600"), (*general, "3")];
            assert_eq!(numbers(&settings(&both)), expected);
            let invalid = [(*own, "x"), (*general, "600")];
            assert_eq!(numbers(&ignored(&invalid, own)), expected);
        }
    }
}

#[test]
fn sizes_that_no_program_can_have_are_ignored() {
    for value in ["0", "100000000"] {
        for name in ["OTEL_BSP_MAX_QUEUE_SIZE", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE"] {
            assert_eq!(numbers(&ignored(&[(name, value)], name)), DEFAULTS);
        }
    }
    ignored(
        &[("OTEL_BSP_SCHEDULE_DELAY", "0")],
        "OTEL_BSP_SCHEDULE_DELAY",
    );
    // A batch is no larger than the queue.
    let small = settings(&[("OTEL_BSP_MAX_QUEUE_SIZE", "7")]);
    assert_eq!(numbers(&small)[..2], [7, 7]);
    for name in ["OTEL_BSP_EXPORT_TIMEOUT", "OTEL_BSP_MAX_CONCURRENT_EXPORTS"] {
        settings(&[(name, "1")]);
        ignored(&[(name, "never")], name);
    }
}

#[test]
fn resource_attributes_are_decoded() {
    for (list, expected) in [
        ("", vec![]),
        ("a=b, c =d ,", vec![("a", "b"), ("c", "d")]),
        (
            "team=a%2Cb,k%3d=%20=%C3%A4",
            vec![("team", "a,b"), ("k=", " =ä")],
        ),
        ("a=", vec![("a", "")]),
    ] {
        let resource = settings(&[("OTEL_RESOURCE_ATTRIBUTES", list)]).resource;
        let expected: Vec<_> = expected
            .into_iter()
            .map(|(key, value)| KeyValue::new(key, value))
            .collect();
        assert_eq!(resource.attributes, expected);
    }
    for list in [
        "a",
        "a=b,c",
        "=b",
        "a=b,c=%ZZ",
        "a=%",
        "a=%4",
        "a=%FF,c=d",
        "a=%4é",
    ] {
        let variables = [("OTEL_RESOURCE_ATTRIBUTES", list)];
        let resource = ignored(&variables, "OTEL_RESOURCE_ATTRIBUTES").resource;
        assert_eq!(resource.attributes, [], "{list}");
    }
    let name = settings(&[("OTEL_SERVICE_NAME", "name")])
        .resource
        .service_name;
    assert_eq!(name.as_deref(), Some("name"));
}

#[cfg(unix)]
#[test]
fn bytes_that_are_not_utf_8_cost_nothing_else() {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt as _;
    let value = |name: &str| match name {
        "OTEL_RESOURCE_ATTRIBUTES" => Some(OsString::from_vec(b"a=\xff,b=c".to_vec())),
        "OTEL_SERVICE_NAME" => Some(OsString::from_vec(b"na\xffme".to_vec())),
        _ => None,
    };
    let (settings, warnings) = read(value, false);
    let resource = settings.expect("not disabled").resource;
    assert_eq!(resource.service_name.as_deref(), Some("na\u{fffd}me"));
    let expected = [KeyValue::new("a", "\u{fffd}"), KeyValue::new("b", "c")];
    assert_eq!(resource.attributes, expected);
    let warned: Vec<_> = warnings.iter().map(EnvironmentWarning::variable).collect();
    assert_eq!(warned, ["OTEL_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES"]);
}

#[test]
fn a_warning_names_variable_value_and_remedy() {
    for (variable, value, expected) in [
        (
            ENDPOINT,
            "localhost:4318",
            "OTEL_EXPORTER_OTLP_ENDPOINT is not an http:// or https:// address, such as http://localhost:4318",
        ),
        (
            EXPORTER,
            "jaeger",
            r#"OTEL_TRACES_EXPORTER is "jaeger": expected otlp, console, both with a comma between them, or none alone"#,
        ),
        (
            "OTEL_BSP_MAX_QUEUE_SIZE",
            "0",
            r#"OTEL_BSP_MAX_QUEUE_SIZE is "0": expected a number from 1 to 1048576"#,
        ),
        (
            "OTEL_RESOURCE_ATTRIBUTES",
            "a=b,c=%ZZ",
            "OTEL_RESOURCE_ATTRIBUTES has an entry, number 2, that has a `%` without two hexadecimal \
             digits: expected attributes such as service.version=1.2,team=a%2Cb",
        ),
    ] {
        assert_eq!(warnings(&[(variable, value)]), [expected]);
    }
}

#[test]
fn a_timeout_of_zero_is_no_limit() {
    let timeout = |value| {
        let variables = [
            (ENDPOINT, "http://h"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", value),
        ];
        collector(settings(&variables)).timeout
    };
    assert_eq!(timeout("0"), None);
    assert_eq!(timeout("250"), Some(Duration::from_millis(250)));
    assert_eq!(timeout(""), Some(Duration::from_secs(10)));
}

#[test]
fn an_exporter_in_code_takes_the_place_of_the_collector() {
    for (list, expected) in [
        ("", (true, false)),
        ("otlp", (true, false)),
        ("otlp,console", (true, true)),
        ("console", (false, true)),
        ("none", (false, false)),
    ] {
        let (settings, warnings) = read(
            |name| match name {
                EXPORTER => Some(list.into()),
                // It is not read.
                ENDPOINT => Some("nonsense".into()),
                _ => None,
            },
            true,
        );
        assert!(warnings.is_empty(), "{warnings:?}");
        let exporters = settings.expect("not disabled").exporters;
        let is_exported = matches!(exporters.otlp, Otlp::InCode);
        assert_eq!((is_exported, exporters.console), expected, "{list}");
    }
}
