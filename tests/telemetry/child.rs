//! A program that is observed: this very binary, started again with a role.

use std::process::{Command, Output};
use std::thread;

use opentelemetry::global;
use opentelemetry::trace::{Status, TraceContextExt as _, Tracer as _};
use traced_worker::{Traced, telemetry};

const ROLE: &str = "TRACED_WORKER_TEST_ROLE";

/// What the child does.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Role {
    /// One trace on two threads, then a flush, whose error it prints.
    Flush,
    /// The same without a flush.
    Drop,
    /// A worker's failure.
    Fail,
}

/// Runs the child with these variables and, of those that telemetry reads, no others.
pub(crate) fn run(role: Role, variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(std::env::current_exe().expect("this test"));
    command.args(["--exact", "child::role", "--nocapture", "--test-threads=1"]);
    for (name, _) in std::env::vars_os() {
        let is_read = name.to_string_lossy().starts_with("OTEL_");
        if is_read
            || ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS"]
                .iter()
                .any(|read| name == *read)
        {
            command.env_remove(name);
        }
    }
    command
        .env(ROLE, format!("{role:?}"))
        .envs(variables.iter().copied());
    command.output().expect("a child")
}

/// What the child wrote on stderr.
pub(crate) fn stderr(role: Role, variables: &[(&str, &str)]) -> String {
    let output = run(role, variables);
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stderr).expect("text")
}

/// Not a test: the child's side. Without a role it does nothing.
#[test]
fn role() {
    match std::env::var(ROLE).as_deref() {
        Ok("Flush") => observed(true, false),
        Ok("Drop") => observed(false, false),
        Ok("Fail") => observed(true, true),
        _ => {}
    }
}

fn observed(flushes: bool, fails: bool) {
    let telemetry = match telemetry::init() {
        Ok(telemetry) => telemetry,
        Err(error) => return eprintln!("init: {error}"),
    };
    global::tracer("test").in_span("process_data", |_| {
        let message = Traced::new(fails);
        let worker = thread::Builder::new()
            .name("hash-1".into())
            .spawn(move || message.run(work));
        worker.expect("a thread").join().expect("no panic");
    });
    if flushes && let Err(error) = telemetry.flush() {
        eprintln!("flush: {error}");
    }
}

fn work(fails: bool) {
    global::tracer("test").in_span("worker_process", |cx| {
        if fails {
            cx.span().set_status(Status::error("no such file"));
        }
    });
}
