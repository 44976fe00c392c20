//! A program that is observed: this very binary, started again with a role.

use std::process::{Command, Output};
use std::thread;
use std::time::Duration;

use opentelemetry::global;
use opentelemetry::trace::{Status, TraceContextExt as _, Tracer as _};
use traced_worker::{Traced, telemetry, traced_worker};

use crate::kill;

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
    /// Two shutdowns, inside Tokio, whose reports it prints.
    Twice,
    /// Prints which fields the global propagator speaks.
    Fields,
    /// A collector, until it is killed.
    Receive,
}

/// Runs the child with these variables and, of those that telemetry reads, no others.
pub(crate) fn run(role: Role, variables: &[(&str, &str)]) -> Output {
    command(role, variables).output().expect("a child")
}

/// The child's command.
pub(crate) fn command(role: Role, variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this test"));
    command.args(["--exact", "child::role", "--nocapture", "--test-threads=1"]);
    only(&mut command, variables);
    command.env(ROLE, format!("{role:?}"));
    command
}

/// Of the variables that telemetry reads, the command gets these and no others.
pub(crate) fn only(command: &mut Command, variables: &[(&str, &str)]) {
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
    command.envs(variables.iter().copied());
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
        Ok("Twice") => twice(),
        Ok("Fields") => fields(),
        Ok("Receive") => kill::receive(),
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

#[traced_worker]
fn answered(number: u32) -> u32 {
    number
}

fn twice() {
    let telemetry = telemetry::init().expect("telemetry");
    let pools = [(); 2].map(|()| answered::pool().threads(1).start().expect("a pool"));
    for pool in &pools {
        pool.send(7).expect("open");
    }
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.expect("a runtime").block_on(async {
        let deadline = Duration::from_mins(1);
        let [first, second] = &pools;
        for ended in [
            telemetry.shutdown(first, deadline),
            telemetry.shutdown((first, second), deadline),
        ] {
            match ended {
                Ok(report) => eprintln!("{report}"),
                Err(error) => eprintln!("error: {error}"),
            }
        }
    });
}

fn work(fails: bool) {
    global::tracer("test").in_span("worker_process", |cx| {
        if fails {
            cx.span().set_status(Status::error("no such file"));
        }
    });
}

fn fields() {
    let _telemetry = telemetry::init().expect("telemetry");
    global::get_text_map_propagator(|propagator| {
        let mut fields: Vec<_> = propagator.fields().collect();
        fields.sort_unstable();
        eprintln!("{}", fields.join(" "));
    });
}
