//! Hashes files on all cores, and draws the work as one trace.
//!
//! The main thread walks the folders and dispatches one message a file; each worker hashes one
//! file. The worker spans are children of the main thread's `process_data` span, because the
//! message carries the context. With `--orphan` a hand-made channel carries the files instead, and
//! forgets the context.

mod arguments;
mod files;
mod hashing;
mod orphan;
mod pool;
mod progress;
mod report;

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser as _;
use opentelemetry::global;
use opentelemetry::trace::Tracer as _;
use traced_worker::{Shutdown, telemetry};

use self::arguments::Arguments;
use self::hashing::process;
use self::progress::Progress;

/// The capacity of the queue: `dispatch` blocks while it is full.
const QUEUE: usize = 1024;

/// The timeout of the shutdown: an interrupted run finishes accepted files, every run exports spans.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The exit code of a path that does not exist.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("process_data: {error}");
            ExitCode::from(USAGE)
        }
    }
}

fn run(arguments: &Arguments) -> Result<ExitCode, Box<dyn Error>> {
    let found = files::find(&arguments.paths)?;
    let files = found.files.len();
    let threads = arguments.threads().min(files).max(1);

    let telemetry = telemetry::init()?;
    let pool = process::pool()
        .threads(threads)
        .queue_capacity(QUEUE)
        .start()?;
    let shutdown = Shutdown::builder()
        .timeout(TIMEOUT)
        .pool(&pool)
        .telemetry(telemetry.clone())
        .build();
    // Ctrl-C closes the pool: files that were accepted are hashed, the others are left out.
    shutdown.on_signals()?;

    let progress = Progress::new(files);
    let (outcomes, printed) = global::tracer("process_data").in_span("process_data", |_| {
        let outcomes = if arguments.orphan {
            orphan::hash_all(found.files, threads, &shutdown, &progress)?
        } else {
            pool::hash_all(found.files, &pool, &shutdown, &progress)
        };
        progress.finish();
        // Before the span ends, because the trace is drawn then.
        let printed = report::print_table(&outcomes);
        Ok::<_, Box<dyn Error>>((outcomes, printed))
    })?;

    // If a signal has begun it, this waits for its end.
    let ended = shutdown.run();
    report::print_spans(&ended, telemetry.endpoint());
    let mut code = report::print_failures(&found.failures, &outcomes);
    if let Err(error) = printed {
        eprintln!("process_data: cannot write the table: {error}");
        code = ExitCode::FAILURE;
    }
    if let Some(signal) = shutdown.signal() {
        code = report::print_interruption(signal, files - outcomes.len());
    }
    Ok(code)
}
