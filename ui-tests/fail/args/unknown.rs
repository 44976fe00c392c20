//! An argument that there is not, and one that is misspelt.

use traced_worker::traced_worker;

#[traced_worker(severity = "info", nmae = "process", field(id))]
fn process(id: u32) -> u32 {
    id
}

fn main() {
    let _ = process::pool();
}
