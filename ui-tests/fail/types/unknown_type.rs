//! Types that there are not: said once.

use traced_worker::traced_worker;

#[traced_worker(fields(id))]
fn process(id: Missing, list: Vec<u8>) -> Absent {
    id
}

fn main() {}
