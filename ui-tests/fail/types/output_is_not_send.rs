//! An output that cannot leave its thread.

use std::rc::Rc;

use traced_worker::traced_worker;

#[traced_worker]
fn process(id: u32) -> Rc<u32> {
    Rc::new(id)
}

fn main() {
    let _ = process::pool();
}
