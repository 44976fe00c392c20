//! Arguments without the value that they take.

use traced_worker::traced_worker;

#[traced_worker(name, kind =, caller(), fields, err(), crate)]
fn process() -> Result<(), String> {
    Ok(())
}

fn main() {
    let _ = process::pool();
}
