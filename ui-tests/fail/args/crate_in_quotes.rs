//! The path of the crate as a string.

use traced_worker::traced_worker;

#[traced_worker(crate = "traced_worker")]
fn process() {}

fn main() {
    let _ = process::pool();
}
