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
fn an_invalid_variable_is_warned_of_and_ignored() {
    let output = run(&[("OTEL_TRACES_SAMPLER", "sometimes")]);
    assert!(output.status.success(), "{output:?}");
    #[cfg(feature = "waterfall")]
    assert!(text(output.stdout).contains("spans: 4 ended, 4 exported, 0 dropped\n"));
    let warning = text(output.stderr);
    assert!(warning.contains("OTEL_TRACES_SAMPLER"), "{warning}");
}

/// Asserts that the example names the missing feature, and goes on. Returns its output.
#[cfg(not(all(feature = "otlp", feature = "waterfall")))]
#[track_caller]
fn assert_not_built_in(variable: (&str, &str), feature: &str) -> String {
    let output = run(&[variable]);
    assert!(output.status.success(), "{output:?}");
    let warning = text(output.stderr);
    assert!(warning.contains(variable.0), "{warning}");
    assert!(warning.contains(feature), "{warning}");
    text(output.stdout)
}

#[cfg(not(feature = "otlp"))]
#[test]
fn without_the_feature_otlp_spans_that_are_to_be_exported_are_lost() {
    let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318");
    let report = assert_not_built_in(endpoint, "otlp");
    let expected = "spans: 4 ended, 0 exported, 4 dropped (4 export failed)";
    assert!(report.contains(expected), "{report}");
}

#[cfg(not(feature = "waterfall"))]
#[test]
fn without_the_feature_waterfall_nothing_is_drawn() {
    assert_not_built_in(("OTEL_TRACES_EXPORTER", "console"), "waterfall");
    let output = run(&[]);
    assert!(output.status.success(), "{output:?}");
}
