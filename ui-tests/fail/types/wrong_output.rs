//! A reply of another type.

use traced_worker::traced_worker;

#[traced_worker]
fn process(id: u32) -> u32 {
    id
}

fn main() {
    let pool = process::pool().start().unwrap();
    let text: String = pool.dispatch(1).unwrap().wait().unwrap();
    drop(text);
}
