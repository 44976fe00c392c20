//! A function that never returns.

use traced_worker::traced_worker;

#[traced_worker]
fn process() -> ! {
    loop {}
}

fn main() {}
