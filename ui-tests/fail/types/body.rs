//! A body of the wrong type.

use traced_worker::traced_worker;

#[traced_worker(fields(id), ret)]
fn process(id: u32) -> Result<u32, String> {
    id
}

fn main() {}
