//! `ret` of what has no text.

use traced_worker::traced_worker;

struct Opaque;

#[traced_worker(ret)]
fn plain() -> Opaque {
    Opaque
}

#[traced_worker(ret)]
fn fallible() -> Result<Opaque, String> {
    Ok(Opaque)
}

#[traced_worker(ret(Debug))]
fn by_debug() -> Result<Opaque, String> {
    Ok(Opaque)
}

#[traced_worker(ret(Display))]
fn by_display() -> Opaque {
    Opaque
}

fn main() {}
