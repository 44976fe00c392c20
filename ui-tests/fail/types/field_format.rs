//! Fields of types that have neither `Display` nor `Debug`.

use traced_worker::traced_worker;

struct Job;

#[traced_worker(fields(%job, debugged = ?job))]
fn process(job: Job) {
    drop(job);
}

fn main() {}
