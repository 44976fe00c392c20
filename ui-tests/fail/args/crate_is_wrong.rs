//! A path that leads to no crate.

use traced_worker::traced_worker;

#[traced_worker(crate = somewhere::traced_worker)]
fn process() {}

fn main() {}
