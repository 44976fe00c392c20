//! A value without the name of its argument.

use traced_worker::traced_worker;

#[traced_worker("process", 7)]
fn process() {}

fn main() {
    let _ = process::pool();
}
