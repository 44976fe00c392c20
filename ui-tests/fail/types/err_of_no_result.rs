//! `err(Debug)` of what is no `Result`.

use traced_worker::traced_worker;

#[traced_worker(err(Debug))]
fn process() -> Option<u32> {
    None
}

fn main() {}
