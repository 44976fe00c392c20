//! A span kind that there is not.

use traced_worker::traced_worker;

#[traced_worker(kind = consummer)]
fn misspelt() {}

#[traced_worker(kind = "queue")]
fn unknown() {}

fn main() {
    let _ = misspelt::pool();
    let _ = unknown::pool();
}
