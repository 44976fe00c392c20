//! The parts of a span of `tracing`, for a span that is none.

use traced_worker::traced_worker;

#[traced_worker(level = "info", target = "jobs")]
fn process(job: u64) -> u64 {
    job
}

#[traced_worker(level = "loud")]
fn loud(job: u64) -> u64 {
    job
}

fn main() {}
