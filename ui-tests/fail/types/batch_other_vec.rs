//! A `Vec` that is another type.

use traced_worker::traced_worker;

// Not a struct of that name: of one the compiler shows the standard library's source, where that is
// installed.
mod other {
    pub struct List<T>(pub T);
    pub type Vec<T> = List<T>;
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
    other::List(rows[0])
}

fn main() {}
