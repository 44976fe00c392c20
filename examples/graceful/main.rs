//! A service that ends well: SIGTERM or SIGINT stops its intake, what was accepted is run, the last
//! spans are exported, and the program ends with 0. Start it, and press Ctrl-C.

use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use traced_worker::{Shutdown, telemetry, traced_worker};

#[traced_worker(name = "worker_process", fields(job.id = id))]
fn process(id: u64) -> u64 {
    // Work that takes a while.
    thread::sleep(Duration::from_millis(200));
    id
}

fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let telemetry = telemetry::builder().service_name("graceful").init()?;
    let pool = Arc::new(process::pool().threads(4).queue(64).start()?);

    // What the article's handler does, and the second signal besides.
    let shutdown = Shutdown::within(Duration::from_secs(10));
    let shutdown = shutdown
        .pool(Arc::clone(&pool))
        .telemetry(telemetry)
        .build();
    shutdown.on_signals()?;

    eprintln!(
        "working: Ctrl-C, or kill -TERM {}, ends it well",
        std::process::id()
    );
    // Until the pool is closed.
    for id in 0.. {
        if pool.send(id).is_err() {
            break;
        }
    }
    let report = shutdown.wait();
    eprintln!("{report}");
    Ok(report.exit_code())
}
