//! Names that the worker's type cannot have.

use traced_worker::traced_worker;

#[traced_worker(worker = "Process")]
fn in_quotes() {}

#[traced_worker(worker = jobs::Process)]
fn a_path() {}

#[traced_worker(worker)]
fn nothing() {}

fn main() {
    let _ = (in_quotes::pool(), a_path::pool(), nothing::pool());
}
