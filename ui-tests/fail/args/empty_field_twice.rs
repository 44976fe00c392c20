//! A field that is declared, and given.

use traced_worker::traced_worker;

#[traced_worker(fields(id, id = Empty, late = Empty, late = 1))]
fn process(id: u32) -> u32 {
    id
}

fn main() {
    let _ = process::pool();
}
