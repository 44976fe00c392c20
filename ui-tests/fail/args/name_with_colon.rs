//! A colon where an equals sign belongs.

use traced_worker::traced_worker;

#[traced_worker(name: "process")]
fn process() {}

fn main() {
    let _ = process::pool();
}
