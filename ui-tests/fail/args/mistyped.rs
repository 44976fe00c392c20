//! Values of the wrong type.

use traced_worker::traced_worker;

#[traced_worker(name = process, kind = 3, caller("x"), fields = id, err = "Debug", ret(Pretty))]
fn process(id: u32) -> u32 {
    id
}

fn main() {
    let _ = process::pool();
}
