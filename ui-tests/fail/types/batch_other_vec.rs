//! A `Vec` of another crate.

use traced_worker::traced_worker;

mod other {
    pub struct Vec<T>(pub T);
}

#[traced_worker(batch = 8)]
fn takes(rows: other::Vec<u32>) -> u32 {
    rows.0
}

#[traced_worker(batch = 8, fields(rows = 1))]
fn takes_with_fields(rows: other::Vec<u32>) -> u32 {
    rows.0
}

#[traced_worker(batch = 8)]
fn gives(rows: Vec<u32>) -> other::Vec<u32> {
    other::Vec(rows[0])
}

fn main() {}
