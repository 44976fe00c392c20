//! On a type.

use traced_worker::traced_worker;

#[traced_worker]
pub struct Job {
    id: u32,
}

#[traced_worker]
enum Kind {
    A,
}

fn main() {
    let _ = (Job { id: 1 }.id, Kind::A);
}
