//! Everything that is wrong with state and batch is said at once.

use traced_worker::traced_worker;

struct Db;

#[traced_worker(relation = childs, batch = 0, linger = "soon", ret, err(none))]
fn store(row: u32, #[state] db: &Db) -> Vec<u32> {
    let _ = db;
    vec![row]
}

fn main() {
    store(1, &Db);
}
