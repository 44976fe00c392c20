//! A pool that makes another state than its worker's.

use traced_worker::traced_worker;

struct Db;

#[traced_worker]
fn process(#[state] db: &mut Db, id: u32) -> u32 {
    let _ = db;
    id
}

fn main() {
    let _ = process::pool(|| 7).start();
    let _ = process::pool(Db).start();
    let _ = process::try_pool(|| Db).start();
}
