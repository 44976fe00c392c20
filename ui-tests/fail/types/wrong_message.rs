//! A message of another type.

use traced_worker::traced_worker;

#[traced_worker]
fn process(id: u32) -> u32 {
    id
}

fn main() {
    let pool = process::pool().start().unwrap();
    let _ = pool.dispatch("seven");
}
