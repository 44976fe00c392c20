//! Batches that come in something else than one `Vec`.

use std::collections::HashMap;

use traced_worker::traced_worker;

struct Row;

#[traced_worker(batch = 8)]
fn one(row: Row) {
    let _ = row;
}

#[traced_worker(batch = 8)]
fn array(rows: [Row; 8]) {
    let _ = rows;
}

#[traced_worker(batch = 8)]
fn map(rows: HashMap<u32, Row>) {
    drop(rows);
}

#[traced_worker(batch = 8)]
fn borrowed(rows: &[Row]) {
    let _ = rows;
}

#[traced_worker(batch = 8)]
fn none() {}

#[traced_worker(batch = 8)]
fn only_state(#[state] rows: &mut Vec<Row>) {
    rows.clear();
}

#[traced_worker(batch = 8)]
fn several(ids: Vec<u32>, rows: Vec<Row>) {
    drop((ids, rows));
}

fn main() {
    one(Row);
    array([const { Row }; 8]);
    map(HashMap::new());
    borrowed(&[Row]);
    none();
    only_state(&mut vec![]);
    several(vec![], vec![]);
}
