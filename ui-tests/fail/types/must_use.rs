//! Results that must be used.

#![deny(unused_must_use)]

use traced_worker::traced_worker;

#[must_use = "it was made for you"]
#[traced_worker]
fn process() -> u32 {
    1
}

fn main() {
    process();
    process::pool();
}
