//! `err` and `ret` on a function that returns nothing.

use traced_worker::traced_worker;

#[traced_worker(err, ret(Debug))]
fn process() {}

fn main() {
    let _ = process::pool();
}
