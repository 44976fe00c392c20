//! The test program: the telemetry tests start it, send commands to its stdin, and read the answers
//! and the report from its stdout. It ends when `stop` or a signal has shut it down.

mod figures;
mod work;

use std::error::Error;
use std::io::stdin;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use traced_worker::{Shutdown, telemetry};

use self::work::Work;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    // The panics of workers are expected.
    std::panic::set_hook(Box::new(|_| ()));
    let mut builder = telemetry::builder();
    if let Some(timeout) = milliseconds("TEST_PROGRAM_EXPORTER_TIMEOUT_MS") {
        builder = builder.wait_for_exporter(timeout);
    }
    let telemetry = match builder.init() {
        Ok(telemetry) => telemetry,
        Err(error) => {
            println!("init: {error}");
            return Ok(ExitCode::FAILURE);
        }
    };
    let work = Arc::new(Work::start()?);
    let timeout = milliseconds("TEST_PROGRAM_TIMEOUT_MS").unwrap_or(Duration::from_secs(60));
    let shutdown = Shutdown::builder()
        .timeout(timeout)
        .pool(work.pool())
        .telemetry(telemetry.clone())
        .build();
    shutdown.on_signals()?;
    println!("ready");

    let commanded = (Arc::clone(&work), shutdown.clone());
    thread::spawn(move || {
        for line in stdin().lines().map_while(Result::ok) {
            println!("{}", answer(&line, &commanded.0, &commanded.1, &telemetry));
        }
    });
    let report = shutdown.wait();
    let accepted = work.accepted();
    println!("{}", figures::line(accepted, &report));
    println!("{report}");
    Ok(report.exit_code())
}

fn answer(
    line: &str,
    work: &Arc<Work>,
    shutdown: &Shutdown,
    telemetry: &telemetry::Telemetry,
) -> String {
    let (verb, number) = line.split_once(' ').unwrap_or((line, "1"));
    let number = number.parse().unwrap_or(1);
    match verb {
        // Runs this many messages, and waits for them.
        "run" => format!("ran {}", work.run(number)),
        // This many threads dispatch until the pool is closed.
        "load" => {
            work.load(number);
            "loading".to_owned()
        }
        // A worker that never returns.
        "hang" => {
            work.hang();
            "hanging".to_owned()
        }
        // Opens a root span, and runs a message under it.
        "open" => {
            work.open();
            "opened".to_owned()
        }
        // Ends the span once the shutdown has closed the pool.
        "end" => {
            work.end();
            "ended".to_owned()
        }
        "flush" => match telemetry.flush() {
            Ok(()) => "flushed".to_owned(),
            Err(error) => format!("flush: {error}"),
        },
        "spans" => telemetry.spans().to_string(),
        "stop" => {
            let shutdown = shutdown.clone();
            thread::spawn(move || shutdown.run());
            "stopping".to_owned()
        }
        _ => format!("unknown command: {verb}"),
    }
}

fn milliseconds(name: &str) -> Option<Duration> {
    let value = std::env::var(name).ok()?;
    value.parse().ok().map(Duration::from_millis)
}
