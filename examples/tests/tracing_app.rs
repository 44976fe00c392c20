//! The log lines and the trace of an application that uses `tracing`.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::Command;

#[test]
fn its_log_lines_show_the_callers_spans_and_its_trace_has_the_same_spans() {
    let output = Command::new(env!("CARGO_BIN_EXE_tracing_app"))
        .env_clear()
        .output()
        .unwrap();
    let waterfall = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{waterfall}");

    let text = String::from_utf8(output.stdout).unwrap();
    let mut lines: Vec<_> = text.lines().collect();
    let report = lines.pop().unwrap();
    let figures =
        "3 completed, 1 failed, 0 panicked, 0 abandoned; spans: 9 ended, 9 exported, 0 dropped";
    assert_eq!(report, figures);
    // Without the times. The workers of two threads log in any order.
    let mut lines: Vec<_> = lines
        .into_iter()
        .map(|line| line.split_once(' ').unwrap().1.trim_start())
        .collect();
    lines.sort_unstable();
    let import = "import{day=\"monday\"}";
    let expected = [
        "DEBUG {import}:batch:parse{line=1}: tracing_app: parsing text=\"10\"",
        "DEBUG {import}:batch:parse{line=2}: tracing_app: parsing text=\" 15\"",
        "DEBUG {import}:batch:parse{line=3}: tracing_app: parsing text=\"twelve\"",
        "DEBUG {import}:batch:parse{line=4}: tracing_app: parsing text=\"20\"",
        "ERROR {import}:batch:parse{line=3}: tracing_app: error=invalid float literal",
        "INFO tracing_app: imported maximum=68.0",
        "INFO {import}: tracing_app: importing lines=4",
        "INFO {import}:batch:parse{line=1}:fahrenheit{celsius=10.0}: tracing_app: converted value=50.0",
        "INFO {import}:batch:parse{line=2}:fahrenheit{celsius=15.0}: tracing_app: converted value=59.0",
        "INFO {import}:batch:parse{line=4}:fahrenheit{celsius=20.0}: tracing_app: converted value=68.0",
        "WARN {import}:batch: tracing_app: left out line=3",
    ];
    let mut expected = expected.map(|line| line.replace("{import}", import));
    expected.sort_unstable();
    assert_eq!(lines, expected);

    let drawn = |name: &str| {
        let is_span = |line: &&str| {
            let rest = line.strip_prefix(name);
            rest.is_some_and(|rest| rest.starts_with([' ', '{']))
        };
        waterfall.lines().filter(is_span).count()
    };
    let counts = [
        "trace",
        "import",
        "  batch",
        "    parse",
        "      fahrenheit",
    ]
    .map(drawn);
    assert_eq!(counts, [1, 1, 1, 4, 3], "{waterfall}");
}
