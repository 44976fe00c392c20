//! An async function.

use traced_worker::traced_worker;

#[traced_worker]
async fn process(id: u32) -> u32 {
    id
}

fn main() {
    let _ = process(1);
}
