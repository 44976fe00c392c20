//! A variadic function: rustc has its say as well.

use traced_worker::traced_worker;

#[traced_worker]
unsafe extern "C" fn process(_: u32, _: ...) {}

fn main() {}
