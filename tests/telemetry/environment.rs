//! What the environment can ask for, and what it cannot.

use crate::child::{Role, stderr};

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
    ] {
        let text = stderr(Role::Flush, &[(variable, value)]);
        let expected = format!("init: {variable} is {value:?}: expected ");
        assert!(
            text.starts_with(&expected) && text.lines().count() == 1,
            "{text}"
        );
    }
}
