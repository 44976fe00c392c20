//! `%` and `?` before the key.

use traced_worker::traced_worker;

#[traced_worker(fields(%a = text, ?b = text))]
fn process(text: String) {
    drop(text);
}

fn main() {
    let _ = process::pool();
}
