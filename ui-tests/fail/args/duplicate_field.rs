//! A field given twice.

use traced_worker::traced_worker;

#[traced_worker(fields(job.id = id, "job.id" = 2, id, id))]
fn process(id: u32) {
    let _ = id;
}

fn main() {
    let _ = process::pool();
}
