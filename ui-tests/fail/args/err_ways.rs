//! Ways of `err` and `ret` that there are not.

use traced_worker::traced_worker;

#[traced_worker(err(Some))]
fn err(id: u32) -> Option<u32> {
    Some(id)
}

#[traced_worker(err = None)]
fn assigned(id: u32) -> Option<u32> {
    Some(id)
}

#[traced_worker(ret(None))]
fn ret(id: u32) -> Option<u32> {
    Some(id)
}

#[traced_worker(err(None))]
fn nothing(_: u32) {}

fn main() {
    let _ = (err::pool(), assigned::pool(), ret::pool(), nothing::pool());
}
