//! Types that look borrowed, and are not.

use std::borrow::Cow;
use std::sync::Arc;

use traced_worker::traced_worker;

type Callback = Box<dyn for<'a> Fn(&'a str) -> &'a str + Send>;

#[traced_worker]
fn process(
    text: &'static str,
    cow: Cow<'static, str>,
    elided: Box<dyn Fn(&str) -> &str + Send>,
    named: Callback,
    pointer: fn(&mut u8, Cow<'_, str>) -> u8,
    higher: for<'a> fn(&'a u8) -> Cow<'a, u8>,
    shared: Arc<dyn Send + Sync + 'static>,
) -> &'static str {
    drop((cow, pointer, higher, shared));
    let _ = (elided)("a").len() + named("b").len();
    text
}

fn empty(text: &str) -> &str {
    &text[..0]
}

fn main() {
    let message = (
        "text",
        Cow::Borrowed("cow"),
        Box::new(empty) as Box<dyn Fn(&str) -> &str + Send>,
        Box::new(empty) as Callback,
        (|number, _| *number) as fn(&mut u8, Cow<'_, str>) -> u8,
        (|number| Cow::Borrowed(number)) as for<'a> fn(&'a u8) -> Cow<'a, u8>,
        Arc::new(()) as Arc<dyn Send + Sync>,
    );
    assert_eq!(
        traced_worker_ui_tests::run(process::pool(), message).0,
        "text"
    );
}
