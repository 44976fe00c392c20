//! `err(Debug)` of an error without `Debug`, `err(Display)` of one without `Display`.

use traced_worker::traced_worker;

struct Opaque;

#[traced_worker(err(Debug))]
fn by_debug() -> Result<(), Opaque> {
    Err(Opaque)
}

#[traced_worker(err(Display))]
fn by_display() -> Result<(), Opaque> {
    Err(Opaque)
}

fn main() {}
