//! An error that `try_pool` cannot return.

use traced_worker::traced_worker;

struct Db;

struct Opaque;

#[traced_worker]
fn process(#[state] db: &mut Db, id: u32) -> u32 {
    let _ = db;
    id
}

fn main() {
    let _ = process::try_pool(|| Err(Opaque)).start();
    let _ = process::try_pool(|| Ok(Db)).start();
}
