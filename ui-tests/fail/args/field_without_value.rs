//! A key without an expression.

use traced_worker::traced_worker;

#[traced_worker(fields(a =, b = %, c))]
fn process(c: u8) {
    let _ = c;
}

fn main() {
    let _ = process::pool();
}
