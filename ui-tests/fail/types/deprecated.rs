//! A deprecated worker, where it is used.

#![deny(deprecated)]

use traced_worker::traced_worker;

#[deprecated = "use another"]
#[traced_worker]
fn process() {}

fn main() {
    process();
    let _ = process::pool();
}
