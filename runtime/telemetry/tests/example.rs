//! Runs the example.

#[path = "../examples/telemetry.rs"]
mod example;

use std::process::{Command, Output};

const IS_CHILD: &str = "IS_CHILD_PROCESS";

/// Not a test, but the side of the child process, which runs the example.
#[test]
fn child() {
    if std::env::var_os(IS_CHILD).is_some()
        && let Err(error) = example::main()
    {
        eprintln!("{error}");
        std::process::exit(1);
    }
}

/// Runs the example with these variables only.
fn run(variables: &[(&str, &str)]) -> Output {
    Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", "child", "--nocapture"])
        .env_clear()
        .env(IS_CHILD, "")
        .envs(variables.iter().copied())
        .output()
        .expect("a child process")
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("text")
}

#[cfg(feature = "waterfall")]
#[test]
fn without_variables_the_example_draws_its_trace() {
    let output = run(&[]);
    assert!(output.status.success(), "{output:?}");
    assert!(text(output.stdout).contains("spans: 4 ended, 4 exported, 0 dropped\n"));
    let drawn = text(output.stderr);
    assert_eq!(drawn.matches("  read_file ").count(), 3, "{drawn}");
}

#[test]
fn a_disabled_sdk_counts_nothing() {
    let output = run(&[("OTEL_SDK_DISABLED", "true")]);
    assert!(output.status.success(), "{output:?}");
    assert!(text(output.stdout).contains("spans: 0 ended, 0 exported, 0 dropped\n"));
    assert_eq!(text(output.stderr), "");
}

#[test]
fn an_invalid_variable_is_an_error() {
    let output = run(&[("OTEL_TRACES_SAMPLER", "sometimes")]);
    assert!(!output.status.success(), "{output:?}");
    let error = text(output.stderr);
    assert!(error.contains("OTEL_TRACES_SAMPLER"), "{error}");
}

/// Asserts that the example names the missing feature.
#[cfg(not(all(feature = "otlp", feature = "waterfall")))]
#[track_caller]
fn assert_not_built_in(variable: (&str, &str), feature: &str) {
    let output = run(&[variable]);
    assert!(!output.status.success(), "{output:?}");
    let error = text(output.stderr);
    assert!(error.contains(variable.0), "{error}");
    assert!(error.contains(feature), "{error}");
}

#[cfg(not(feature = "otlp"))]
#[test]
fn an_endpoint_without_the_feature_otlp_is_an_error() {
    let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318");
    assert_not_built_in(endpoint, "otlp");
}

#[cfg(not(feature = "waterfall"))]
#[test]
fn console_without_the_feature_waterfall_is_an_error() {
    assert_not_built_in(("OTEL_TRACES_EXPORTER", "console"), "waterfall");
    let output = run(&[]);
    assert!(output.status.success(), "{output:?}");
}
