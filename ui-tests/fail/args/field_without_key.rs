//! An expression without a key.

use traced_worker::traced_worker;

#[traced_worker(fields(list.len(), 7, "text", &list, list.0))]
fn process(list: Vec<u8>) {
    drop(list);
}

fn main() {
    let _ = process::pool();
}
