//! A message that cannot leave its thread.

use std::rc::Rc;

use traced_worker::traced_worker;

#[traced_worker]
fn process(shared: Rc<u32>) -> u32 {
    *shared
}

fn main() {
    let _ = process::pool();
}
