//! Hashes files on all cores, and shows what happened as one trace.
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

use std::process::ExitCode;

use clap::Parser as _;
use opentelemetry::global;
use opentelemetry::trace::Tracer as _;

use self::arguments::Arguments;
use self::progress::Progress;

/// What cannot be begun.
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

fn run(arguments: &Arguments) -> Result<ExitCode, Box<dyn std::error::Error>> {
    let found = files::find(&arguments.paths)?;
    let telemetry = traced_worker::telemetry::init()?;
    let progress = Progress::new(found.files.len());

    let outcomes = global::tracer("process_data").in_span("process_data", |_| {
        if arguments.orphan {
            orphan::hash_all(found.files, arguments.threads(), &progress)
        } else {
            pool::hash_all(found.files, arguments.threads(), &progress)
        }
    })?;
    progress.finish();

    let printed = report::print_table(&outcomes);
    // The trace, unless it goes to a collector.
    if let Err(error) = telemetry.flush() {
        eprintln!("process_data: {error}");
    }
    let code = report::print_failures(&found.failures, &outcomes);
    if let Err(error) = printed {
        eprintln!("process_data: cannot write the table: {error}");
        return Ok(ExitCode::FAILURE);
    }
    Ok(code)
}
