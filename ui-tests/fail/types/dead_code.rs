//! A worker that nothing uses; using the function or the worker is enough.

#![deny(dead_code)]

use traced_worker::traced_worker;

#[traced_worker]
fn never_used(id: u32) -> Result<u32, String> {
    Ok(id)
}

#[traced_worker(fields(id = %value))]
fn generic_and_never_used<T: std::fmt::Display + Send + 'static>(value: T) {
    drop(value);
}

#[traced_worker]
fn only_called() {}

#[traced_worker]
fn only_pooled() {}

fn main() {
    only_called();
    let _ = only_pooled::pool();
}
