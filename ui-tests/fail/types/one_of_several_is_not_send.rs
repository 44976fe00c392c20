//! One of several parameters that cannot leave its thread.

use std::rc::Rc;

use traced_worker::traced_worker;

#[traced_worker]
fn process(id: u32, shared: Rc<u32>) -> u32 {
    id + *shared
}

fn main() {
    let _ = process::pool();
}
