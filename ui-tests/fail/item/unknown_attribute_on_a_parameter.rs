//! An attribute on a parameter that nobody knows: rustc says so.

use traced_worker::traced_worker;

#[traced_worker]
fn process(#[status] id: u32) -> u32 {
    id
}

fn main() {
    process(1);
}
