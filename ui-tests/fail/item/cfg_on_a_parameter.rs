//! A parameter that is not always there.

use traced_worker::traced_worker;

#[traced_worker]
fn process(#[cfg(unix)] id: u32, #[allow(unused_variables)] unused: u32) -> u32 {
    id
}

fn main() {}
