//! References to what another thread owns.

use std::ffi::OsStr;
use std::path::Path;

use traced_worker::traced_worker;

#[traced_worker]
fn process(
    text: &str,
    path: Option<&Path>,
    list: &mut [u8],
    number: &u64,
    nested: (u8, &'static &str),
    os: &OsStr,
) {
    let _ = (text, path, list, number, nested, os);
}

fn main() {
    process("", None, &mut [], &1, (1, &""), "".as_ref());
}
