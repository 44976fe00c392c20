//! A batch worker's messages are dispatched one by one.

use traced_worker::traced_worker;

struct Row;

#[traced_worker(batch = 8)]
fn store(rows: Vec<Row>) -> usize {
    rows.len()
}

fn main() {
    let pool = store::pool().start().unwrap();
    let _ = pool.dispatch(vec![Row, Row]);
    let shared: usize = pool.dispatch(Row).unwrap().wait().unwrap();
    let _ = shared;
}
