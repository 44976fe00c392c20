//! Fields of types that no field can hold.

use traced_worker::traced_worker;

struct Job {
    id: Option<u32>,
}

#[traced_worker(fields(job, id = job.id, vector = vec![job.id]))]
fn process(job: Job) -> Option<u32> {
    job.id
}

fn main() {}
