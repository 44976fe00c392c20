//! Runs the example.

#[path = "../examples/waterfall.rs"]
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

/// Runs the example with no variables of the environment.
fn run() -> Output {
    Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", "child", "--nocapture"])
        .env_clear()
        .env(IS_CHILD, "")
        .output()
        .expect("a child process")
}

#[test]
fn the_example_draws_its_trace() {
    let output = run();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stderr).expect("text");
    let lines: Vec<&str> = text.lines().skip(1).collect();
    assert_eq!(lines.len(), 4, "{text}");
    assert!(lines[0].ends_with(", 2 spans, 1 error"), "{text}");
    assert!(lines[1].starts_with("process_data      ["), "{text}");
    assert!(lines[2].ends_with("(hash-1)"), "{text}");
    assert_eq!(lines[3], "    error: no such file");
}
