//! Tests of the output of a program without a collector.

use crate::receiver::Receiver;
use crate::role::{Role, run, stderr};

fn lines(text: &str) -> Vec<&str> {
    text.lines().collect()
}

#[test]
fn a_trace_is_drawn_on_stderr() {
    let text = stderr(Role::Flush, &[]);
    let lines = lines(&text);
    assert_eq!(lines.len(), 4, "{text}");
    assert!(
        lines[1].starts_with("trace ") && lines[1].ends_with(", 2 spans"),
        "{text}"
    );
    assert!(
        lines[2].starts_with("process_data{text=abcdef}  ["),
        "{text}"
    );
    assert!(
        lines[3].starts_with("  worker_process  ") && lines[3].ends_with("(hash-1)"),
        "{text}"
    );
}

#[test]
fn dropping_the_telemetry_draws_the_last_spans() {
    assert_eq!(lines(&stderr(Role::Drop, &[])).len(), 4);
}

#[test]
fn an_error_is_drawn_with_its_message() {
    let text = stderr(Role::Fail, &[]);
    assert!(
        text.contains("2 spans, 1 error\n") && text.ends_with("\n    error: no such file\n"),
        "{text}"
    );
}

#[test]
fn a_pipe_has_no_colors_and_a_hundred_columns() {
    let text = stderr(Role::Fail, &[("TERM", "xterm-256color")]);
    assert!(!text.contains('\x1b'), "{text:?}");
    let widest = text.lines().map(|line| line.chars().count()).max();
    assert!(
        widest.is_some_and(|columns| columns > 80 && columns <= 100),
        "{text}"
    );
}

#[test]
fn columns_are_honoured() {
    for columns in [20, 40, 60] {
        let text = stderr(Role::Fail, &[("COLUMNS", &columns.to_string())]);
        assert!(
            text.lines().all(|line| line.chars().count() <= columns),
            "{columns}: {text}"
        );
    }
    let nonsense = stderr(Role::Flush, &[("COLUMNS", "wide")]);
    assert!(nonsense.contains("process_data"), "{nonsense}");
}

#[test]
fn no_color_takes_precedence_over_forced_colors() {
    let forced = stderr(Role::Fail, &[("CLICOLOR_FORCE", "1")]);
    assert!(forced.contains("\x1b[31merror: no such file"), "{forced:?}");
    let without = stderr(Role::Fail, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]);
    assert!(!without.contains('\x1b'), "{without:?}");
}

#[test]
fn a_terminal_that_takes_no_output_costs_no_exported_span() {
    let receiver = Receiver::start(200);
    let endpoint = receiver.url("");
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
        ("OTEL_TRACES_EXPORTER", "console,otlp"),
    ];
    let output = run(Role::BlockedOutput, &variables);
    let text = String::from_utf8(output.stdout).expect("text");
    let report = "report: 1 ended, 1 exported, 0 dropped; spans were still being written after 4s";
    assert!(text.contains(report), "{text}");
    assert_eq!(receiver.spans(), 1);
}
