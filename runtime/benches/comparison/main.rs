//! Compares traced-worker with channels, tracing libraries and thread pools.
//!
//! `cargo bench -p traced-worker --bench comparison` measures everything, in about five minutes,
//! and prints the ratios with their targets at the end. Arguments after `--`:
//!
//! - the name of a part (`no-provider`, `spans`, `job-length`, `queue-length`, `carrier`,
//!   `round-trip`, `batch`, `tasks` with the feature `tokio`, `tracing-workers` with that and `tracing`, `idle`) measures that part only;
//! - `--quick` measures fewer rounds, in about one minute;
//! - `--write` writes the ratios and a chart to `runtime/docs`.

mod batch;
mod carrier;
mod channels;
mod chart;
mod harness;
mod idle;
mod no_provider;
mod provider;
mod queue_length;
mod report;
mod round_trip;
mod spans;
#[cfg(feature = "tokio")]
mod tasks;
#[cfg(all(feature = "tokio", feature = "tracing"))]
mod tracing_workers;

use report::Report;

/// The message of all benchmarks: 64 bytes. The first number is the length of its job, in steps of
/// [`channels::job`].
pub(crate) type Message = [u64; 8];

type Part = (&'static str, fn(&mut Report));

const PARTS: &[Part] = &[
    // First, because a provider cannot be uninstalled.
    ("no-provider", no_provider::run),
    ("spans", spans::run),
    ("job-length", spans::run_job_lengths),
    ("queue-length", queue_length::run),
    ("carrier", carrier::run),
    ("round-trip", round_trip::run),
    ("batch", batch::run),
    #[cfg(feature = "tokio")]
    ("tasks", tasks::run),
    #[cfg(all(feature = "tokio", feature = "tracing"))]
    ("tracing-workers", tracing_workers::run),
    ("idle", idle::run),
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    let is_complete = !PARTS.iter().any(|(name, _)| has(name));
    let mut report = Report::new(has("--quick"));
    for &(name, run) in PARTS {
        if is_complete || has(name) {
            run(&mut report);
        }
    }
    report.print_ratios();
    match (has("--write"), is_complete) {
        (true, true) => report.write_docs(),
        (true, false) => println!("not written: `--write` needs all parts"),
        (false, _) => {}
    }
}
