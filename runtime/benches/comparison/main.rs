//! traced-worker against what one would use instead.
//!
//! `cargo bench -p traced-worker --bench comparison` prints all there is; with `-- carrier`,
//! `-- throughput`, `-- round-trip`, `-- batch`, `-- scale` or `-- job-size` a part. `--quick`
//! measures fewer rounds, and `--write` writes tables and charts to `runtime/docs`.

mod batch;
mod carrier;
mod chart;
mod harness;
mod job_size;
mod peers;
mod provider;
mod report;
mod round_trip;
mod scale;
mod targets;
mod throughput;

use provider::provider;
use report::Report;

/// What is dispatched: 64 bytes.
pub(crate) type Message = [u64; 8];

type Part = (&'static str, fn(&mut Report));

const PARTS: [Part; 7] = [
    ("throughput", throughput::run_without_provider),
    ("carrier", carrier::run),
    ("throughput", throughput::run),
    ("round-trip", round_trip::run),
    ("batch", batch::run),
    ("scale", scale::run),
    ("job-size", job_size::run),
];

fn main() {
    let asked: Vec<String> = std::env::args().skip(1).collect();
    let is_asked = |name: &str| asked.iter().any(|asked| asked == name);
    let all = !PARTS.iter().any(|(name, _)| is_asked(name));
    let mut report = Report::new(is_asked("--quick"), is_asked("--write"));
    for (name, run) in PARTS {
        if all || is_asked(name) {
            run(&mut report);
        }
    }
    report.finish();
}
