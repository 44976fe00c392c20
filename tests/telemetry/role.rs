//! This test binary, run again as a child process that plays a role.

use std::io::{self, Write};
use std::process::{Command, Output};
use std::thread;
use std::time::Duration;

use opentelemetry::trace::{Status, TraceContextExt as _, Tracer as _};
use opentelemetry::{KeyValue, global};
use traced_worker::{Traced, telemetry};
use tracing_subscriber::prelude::*;

use crate::{kill, warnings};

const ROLE: &str = "TRACED_WORKER_TEST_ROLE";

/// The work of the child process.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Role {
    /// Makes one trace on two threads, flushes, and prints the error of that.
    Flush,
    /// Does the same with telemetry that is strict.
    Strict,
    /// Does the same without a flush.
    Drop,
    /// Makes a trace with an error.
    Fail,
    /// Prints how many spans are open, ends the span, and prints that again and a report.
    Open,
    /// Shuts down twice, inside Tokio, and prints both reports.
    Twice,
    /// Shuts down while the output of the waterfall blocks, and prints the report on stdout.
    BlockedOutput,
    /// Drops the telemetry while a span is open.
    DropOpen,
    /// Does the same in a program without a `tracing` subscriber.
    DropOpenUnheard,
    /// Drops the telemetry after the span has ended.
    DropEnded,
    /// Prints the fields of the global propagator.
    Fields,
    /// Exports the spans of all libraries, a batch for each of 20, and prints how many ended.
    TracesAll,
    /// Exports 20 batches, and prints how many spans ended.
    Twentyfold,
    /// Prints all that can be printed.
    Debug,
    /// Is a collector, until it is killed.
    Receive,
}

/// Runs the child process with these variables, and none of the others that telemetry reads.
pub(crate) fn run(role: Role, variables: &[(&str, &str)]) -> Output {
    command(role, variables).output().expect("a child")
}

/// Returns the command of the child process.
pub(crate) fn command(role: Role, variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this test"));
    command.args(["--exact", "role::play", "--nocapture", "--test-threads=1"]);
    only(&mut command, variables);
    command.env(ROLE, format!("{role:?}"));
    command
}

/// Gives the command these variables, and none of the others that telemetry reads.
pub(crate) fn only(command: &mut Command, variables: &[(&str, &str)]) {
    for (name, _) in std::env::vars_os() {
        let upper = name.to_string_lossy().to_ascii_uppercase();
        if upper.starts_with("OTEL_")
            || upper.ends_with("_PROXY")
            || ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS"].contains(&upper.as_str())
        {
            command.env_remove(name);
        }
    }
    command.envs(variables.iter().copied());
}

/// Returns the child process' stderr.
pub(crate) fn stderr(role: Role, variables: &[(&str, &str)]) -> String {
    let output = run(role, variables);
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stderr).expect("text")
}

/// Not a test, but the side of the child process. Without a role it does nothing.
#[test]
fn play() {
    match std::env::var(ROLE).as_deref() {
        Ok("Flush") => trace(telemetry::builder(), true, false),
        Ok("Strict") => trace(telemetry::builder().strict(true), true, false),
        Ok("Drop") => trace(telemetry::builder(), false, false),
        Ok("Fail") => trace(telemetry::builder(), true, true),
        Ok("Open") => open(),
        Ok("Twice") => twice(),
        Ok("BlockedOutput") => blocked_output(),
        Ok("DropOpen") => warnings::drop_telemetry(true, true),
        Ok("DropOpenUnheard") => warnings::drop_telemetry(true, false),
        Ok("DropEnded") => warnings::drop_telemetry(false, true),
        Ok("TracesAll") => traces_all(),
        Ok("Twentyfold") => twentyfold(),
        Ok("Debug") => debug(),
        Ok("Fields") => fields(),
        Ok("Receive") => kill::receive(),
        _ => {}
    }
}

fn trace(builder: telemetry::Builder, flushes: bool, fails: bool) {
    let telemetry = match builder.init() {
        Ok(telemetry) => telemetry,
        Err(error) => return eprintln!("init: {error}"),
    };
    global::tracer("test").in_span("process_data", |cx| {
        cx.span().set_attribute(KeyValue::new("text", "abcdef"));
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

fn open() {
    let telemetry = telemetry::init().expect("telemetry");
    let span = global::tracer("test").start("span");
    eprintln!("{} open", telemetry.wait_for_open_spans(Duration::ZERO));
    let ending = thread::spawn(move || drop(span));
    eprintln!("{} open", telemetry.wait_for_open_spans(Duration::MAX));
    ending.join().expect("no panic");
    eprintln!("{}", telemetry.shutdown(Duration::from_secs(60)));
}

fn twice() {
    let telemetry = telemetry::init().expect("telemetry");
    drop(global::tracer("test").start("span"));
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.expect("a runtime").block_on(async {
        for _ in 0..2 {
            eprintln!("{}", telemetry.shutdown(Duration::from_secs(60)));
        }
    });
}

/// A terminal that takes no output, as after Ctrl-S.
struct Blocked;

impl Write for Blocked {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        loop {
            thread::park();
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn blocked_output() {
    let builder = telemetry::builder().waterfall_to(Blocked);
    let telemetry = builder.init().expect("telemetry");
    drop(global::tracer("test").start("span"));
    println!("report: {}", telemetry.shutdown(Duration::from_secs(4)));
}

fn traces_all() {
    let telemetry = telemetry::init().expect("telemetry");
    let layer = tracing_opentelemetry::layer().with_tracer(global::tracer("test"));
    let subscriber = tracing_subscriber::registry().with(layer);
    tracing::subscriber::set_global_default(subscriber).expect("the first one");
    for _ in 0..20 {
        drop(tracing::info_span!("span"));
        telemetry.flush().expect("exported");
    }
    eprintln!("{}", telemetry.shutdown(Duration::from_secs(60)));
}

fn twentyfold() {
    let telemetry = telemetry::init().expect("telemetry");
    for _ in 0..20 {
        drop(global::tracer("test").start("span"));
        telemetry.flush().expect("exported");
    }
    eprintln!("{}", telemetry.shutdown(Duration::from_secs(60)));
}

fn debug() {
    let builder = telemetry::builder();
    eprintln!("{builder:?}");
    match builder.init() {
        Ok(telemetry) => {
            let tracer = global::tracer("test");
            drop(tracer.start("span"));
            eprintln!("{telemetry:?} {:?}", telemetry.endpoint());
            eprintln!("{:?}", telemetry.warnings());
            let error = telemetry.flush().err();
            eprintln!("{error:?} {}", error.as_ref().map_or("", |_| "failed"));
            let report = telemetry.shutdown(Duration::from_secs(60));
            eprintln!("{report} {report:?} {:?}", telemetry.spans());
        }
        Err(error) => eprintln!("{error} {error:?}"),
    }
    if let Err(error) = telemetry::builder().strict(true).init() {
        eprintln!("{error} {error:?}");
    }
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
