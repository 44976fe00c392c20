//! An argument given twice.

use traced_worker::traced_worker;

#[traced_worker(name = "first", err, name = "second", err(Debug))]
fn process() -> Result<(), String> {
    Ok(())
}

fn main() {
    let _ = process::pool();
}
