//! Names that are empty.

use traced_worker::traced_worker;

#[traced_worker(name = "", caller = "  ")]
fn process() {}

fn main() {
    let _ = process::pool();
}
