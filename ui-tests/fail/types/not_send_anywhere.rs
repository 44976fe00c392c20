//! What is generic must say that it can leave its thread.

use traced_worker::traced_worker;

#[traced_worker]
fn process<T>(value: T) -> u32 {
    drop(value);
    1
}

fn main() {
    let _ = process::<u32>::pool();
}
