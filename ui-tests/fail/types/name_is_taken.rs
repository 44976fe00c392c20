//! A type that has the worker's name.

#![allow(non_camel_case_types)]

use traced_worker::traced_worker;

struct process {}

#[traced_worker]
fn process() {}

fn main() {
    let _ = process {};
}
