//! Arguments and fields without a comma between them.

use traced_worker::traced_worker;

#[traced_worker(name = "process" kind = consumer, err ret, fields(a = id b = id))]
fn process(id: u32) -> Result<u32, String> {
    Ok(id)
}

#[traced_worker(name = "two",, err = false)]
fn two_commas() {}

fn main() {
    let _ = process::pool();
}
