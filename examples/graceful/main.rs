//! Shuts down in order: SIGTERM or SIGINT closes the queue, accepted messages are run, open spans
//! end, the last spans are exported, and the program exits with 0. Start it, and press Ctrl-C.

use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use opentelemetry::global;
use opentelemetry::trace::Tracer as _;
use traced_worker::{Shutdown, telemetry, traced_worker};

#[traced_worker(name = "worker_process", fields(job.id = id))]
fn process(id: u64) -> u64 {
    // Stands for work that takes a while.
    thread::sleep(Duration::from_millis(200));
    id
}

fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let telemetry = telemetry::builder().service_name("graceful").init()?;
    let pool = process::pool().threads(4).queue_capacity(64).start()?;
    let shutdown = Shutdown::builder()
        .timeout(Duration::from_secs(10))
        .pool(&pool)
        .telemetry(telemetry)
        .build();
    shutdown.on_signals()?;

    eprintln!(
        "working: Ctrl-C, or kill -TERM {}, shuts it down",
        std::process::id()
    );
    // This span is open when the signal comes. The shutdown waits for it.
    global::tracer("graceful").in_span("process_data", |_| {
        // Until the pool is closed.
        for id in 0.. {
            if pool.send(id).is_err() {
                break;
            }
        }
    });
    let report = shutdown.wait();
    eprintln!("{report}");
    Ok(report.exit_code())
}
