//! A pool that was not told how to make the state of its worker.

use traced_worker::traced_worker;

struct Db;

#[traced_worker]
fn process(#[state] db: &mut Db, id: u32) -> u32 {
    let _ = db;
    id
}

fn main() {
    let _ = process::pool().threads(2).start();
}
