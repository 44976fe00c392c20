//! State that is not lent by `&mut`, and types that it cannot have.

use traced_worker::traced_worker;

struct Db;

#[traced_worker]
fn by_value(#[state] db: Db) {
    let _ = db;
}

#[traced_worker]
fn shared(#[state] db: &Db) {
    let _ = db;
}

#[traced_worker]
fn for_ever(#[state] db: &'static mut Db) {
    let _ = db;
}

#[traced_worker]
fn named<'a>(#[state] db: &'a mut Db) {
    let _ = db;
}

#[traced_worker]
fn borrowed(#[state] text: &mut &str) {
    let _ = text;
}

#[traced_worker]
fn without_size(#[state] list: &mut [u8]) {
    list.fill(0);
}

#[traced_worker]
fn text(#[state] text: &mut str) {
    text.make_ascii_lowercase();
}

#[traced_worker]
fn dynamic(#[state] list: &mut dyn Iterator<Item = u8>) {
    let _ = list.next();
}

#[traced_worker]
fn without_name(#[state] list: &mut impl Iterator<Item = u8>) {
    let _ = list.next();
}

fn main() {
    by_value(Db);
    shared(&Db);
    for_ever(Box::leak(Box::new(Db)));
    named(&mut Db);
    borrowed(&mut "a");
    without_size(&mut [1]);
    text("a".to_owned().as_mut_str());
    dynamic(&mut [1].into_iter());
    without_name(&mut [1].into_iter());
}
