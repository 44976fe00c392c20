//! Tests of the version, propagators, samplers, limits and ids.

use super::{provider, settings, with};
use crate::settings::{Limits, Propagator};

/// Returns a file without a tracer provider.
fn file(lines: &str) -> String {
    format!("file_format: \"1.1\"\n{lines}\n")
}

#[test]
fn versions() {
    for (version, is_valid, is_warned) in [
        ("\"1.0\"", true, false),
        ("1.0", true, false),
        ("\"1.1\"", true, false),
        ("\"1.0-rc.2\"", true, false),
        ("${UNSET:-1.0}", false, false),
        ("\"${UNSET:-1.0}\"", true, false),
        ("\"1.2\"", true, true),
        ("\"0.4\"", false, false),
        ("\"2.0\"", false, false),
        ("\"1\"", false, false),
        ("one", false, false),
        ("", false, false),
        ("[1]", false, false),
    ] {
        let read = with(&format!("file_format: {version}"), &[]);
        assert_eq!(read.is_ok(), is_valid, "{version} {read:?}");
        if let Ok((settings, warnings)) = read {
            assert_eq!(!warnings.is_empty(), is_warned, "{version}");
            assert!(settings.is_no_op, "{version}");
        }
    }
    assert!(with("disabled: false", &[]).is_err());
}

#[test]
fn without_a_tracer_provider_nothing_is_recorded() {
    assert!(settings(&file("")).is_no_op);
    assert!(!settings(&provider("")).is_no_op);
    assert!(settings(&format!("disabled: true\n{}", provider(""))).is_no_op);
    assert!(!settings(&format!("disabled:\n{}", provider(""))).is_no_op);
}

#[test]
fn propagators_of_both_lists_count_once() {
    use Propagator::{Baggage, TraceContext};
    for (lines, expected) in [
        ("", &[][..]),
        ("propagator: {}", &[]),
        ("propagator:\n  composite_list:", &[]),
        ("propagator:\n  composite_list: none", &[]),
        (
            "propagator:\n  composite_list: \"Baggage, tracecontext\"",
            &[Baggage, TraceContext],
        ),
        (
            "propagator:\n  composite:\n  - tracecontext:\n  - baggage: {}",
            &[TraceContext, Baggage],
        ),
        (
            "propagator:\n  composite:\n  - baggage:\n  composite_list: baggage,tracecontext",
            &[Baggage, TraceContext],
        ),
    ] {
        assert_eq!(settings(&file(lines)).propagators, expected, "{lines}");
    }
}

#[test]
fn samplers_are_those_of_the_sdk() {
    let sampler = |lines: &str| format!("{:?}", settings(&provider(lines)).sampler);
    assert_eq!(sampler(""), "None");
    for (lines, expected) in [
        ("always_on:", "AlwaysOn"),
        ("always_off: {}", "AlwaysOff"),
        ("trace_id_ratio_based:", "TraceIdRatioBased(1.0)"),
        (
            "trace_id_ratio_based: {ratio: 0.25}",
            "TraceIdRatioBased(0.25)",
        ),
        ("trace_id_ratio_based: {ratio: 0}", "TraceIdRatioBased(0.0)"),
    ] {
        let lines = format!("sampler:\n  {lines}");
        assert_eq!(sampler(&lines), format!("Some({expected})"));
    }
    let parent_based = sampler(
        "sampler:\n  parent_based:\n    root: {always_off: }\n    remote_parent_sampled: \
         {trace_id_ratio_based: {ratio: 0.1}}\n    remote_parent_not_sampled: {trace_id_ratio_based: \
         {ratio: 0.2}}\n    local_parent_sampled: {trace_id_ratio_based: {ratio: 0.3}}\n    \
         local_parent_not_sampled: {parent_based: }",
    );
    let mut rest = parent_based.as_str();
    for part in [
        "root: AlwaysOff",
        "remote_parent_sampled: Some(TraceIdRatioBased(0.1))",
        "remote_parent_not_sampled: Some(TraceIdRatioBased(0.2))",
        "local_parent_sampled: Some(TraceIdRatioBased(0.3))",
        "local_parent_not_sampled: Some(ParentBasedSampler { root: AlwaysOn",
    ] {
        rest = rest.split_once(part).expect(part).1;
    }
}

#[test]
fn limits_of_spans_take_precedence_over_general_ones() {
    let default = Limits {
        attributes: Some(128),
        events: Some(128),
        links: Some(128),
        event_attributes: Some(128),
        link_attributes: Some(128),
        value_length: None,
    };
    assert_eq!(settings(&provider("")).limits, default);
    let general =
        "attribute_limits:\n  attribute_count_limit: 1\n  attribute_value_length_limit: 2\n";
    let expected = Limits {
        attributes: Some(1),
        value_length: Some(2),
        ..default
    };
    assert_eq!(
        settings(&format!("{general}{}", provider(""))).limits,
        expected
    );
    let own = provider(
        "limits:\n  attribute_count_limit: 3\n  attribute_value_length_limit:\n  event_count_limit: \
         4\n  link_count_limit: 5\n  event_attribute_count_limit: 6\n  link_attribute_count_limit: \
         0x7\n  attribute_value_depth_limit: 1",
    );
    let expected = Limits {
        attributes: Some(3),
        events: Some(4),
        links: Some(5),
        event_attributes: Some(6),
        link_attributes: Some(7),
        value_length: Some(2),
    };
    assert_eq!(settings(&format!("{general}{own}")).limits, expected);
}

#[test]
fn only_the_random_generator_is_known() {
    assert!(settings(&provider("id_generator:\n  random:")).has_random_ids);
    assert!(!settings(&provider("")).has_random_ids);
}

#[test]
fn parts_that_are_not_supported_are_warned_of() {
    let lines = "log_level: debug3\nmeter_provider:\n  readers: 7\nlogger_provider:\n\
                 instrumentation/development:\ndistribution:\n  x:\n\"new\\nkey\": 1\n";
    let text = format!(
        "{lines}{}",
        provider("tracer_configurator/development:\n  x: 1")
    );
    let (_, warnings) = with(&text, &[]).expect("valid");
    let mut expected = [
        "log_level (line 1) is not supported, and ignored",
        "meter_provider (line 3) is not supported, and ignored",
        "logger_provider (line 4) is not supported, and ignored",
        "instrumentation/development (line 5) is not supported, and ignored",
        "distribution (line 7) is not supported, and ignored",
        "\"new\\nkey\" (line 8) is not known, and ignored",
        "tracer_provider.tracer_configurator/development (line 16) is not supported, and ignored",
    ];
    let mut warnings: Vec<_> = warnings.iter().map(String::as_str).collect();
    warnings.sort_unstable();
    expected.sort_unstable();
    assert_eq!(warnings, expected);
}
