//! A pool of the other kind.

use traced_worker::{PoolBuilder, TaskPoolBuilder, traced_worker};

#[traced_worker]
async fn fetch(id: u32) -> u32 {
    id
}

#[traced_worker]
fn process(id: u32) -> u32 {
    id
}

fn main() {
    let _ = PoolBuilder::<fetch>::new();
    let _ = TaskPoolBuilder::<process>::new();
}
