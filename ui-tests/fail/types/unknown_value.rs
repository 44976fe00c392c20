//! A field that names what there is not.

use traced_worker::traced_worker;

struct Job {
    id: u32,
}

#[traced_worker(fields(job.number, id = missing.id))]
fn process(job: Job) -> u32 {
    job.id
}

fn main() {}
