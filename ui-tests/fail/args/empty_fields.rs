//! Fields that name nothing.

use traced_worker::traced_worker;

#[traced_worker(fields())]
fn process() {}

#[traced_worker(fields("" = 1))]
fn empty_key() {}

fn main() {
    let _ = process::pool();
    let _ = empty_key::pool();
}
