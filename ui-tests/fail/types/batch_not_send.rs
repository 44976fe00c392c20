//! What a batch holds, and what it shares.

use std::cell::Cell;
use std::rc::Rc;

use traced_worker::traced_worker;

#[traced_worker(batch = 8)]
fn messages(rows: Vec<Rc<u32>>) -> usize {
    rows.len()
}

#[traced_worker(batch = 8)]
fn each(rows: Vec<u32>) -> Vec<Rc<u32>> {
    rows.into_iter().map(Rc::new).collect()
}

#[traced_worker(batch = 8)]
fn shared(rows: Vec<u32>) -> Cell<usize> {
    Cell::new(rows.len())
}

fn main() {}
