//! Variables that the function does not use.

#![deny(unused_variables, unused_mut)]

use traced_worker::traced_worker;

#[traced_worker]
fn process(id: u32, mut name: String) -> u32 {
    let unused = 1;
    id
}

fn main() {
    let _ = process::pool();
}
