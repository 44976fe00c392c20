//! Types without a name.

use traced_worker::traced_worker;

#[traced_worker]
fn takes(list: impl IntoIterator<Item = u8>, boxed: Vec<impl Sized>) {
    drop((list.into_iter(), boxed));
}

#[traced_worker]
fn gives() -> Option<impl Iterator<Item = u8>> {
    Some([1].into_iter())
}

fn main() {
    takes([], vec![1]);
    let _ = gives();
}
