//! Type and const parameters, bounds, `where`, `?Sized`.

use std::fmt::{Debug, Display};

use traced_worker::traced_worker;
use traced_worker_ui_tests::run;

#[traced_worker(fields(value = %value, N))]
fn describe<T: Display + Send + 'static, const N: usize>(value: T, list: [u8; N]) -> String
where
    T: Debug,
{
    format!("{value:?}{}", list.len())
}

#[traced_worker]
fn unsized_parameter<T: ?Sized + Debug + Send + Sync + 'static>(value: Box<T>) -> String {
    format!("{value:?}")
}

#[traced_worker]
fn unsized_in_where<T>(value: Box<T>) -> String
where
    T: ?Sized + Debug + Send + Sync + 'static,
    for<'a> &'a T: Send,
{
    format!("{value:?}")
}

#[traced_worker]
fn only_in_the_body<T: Default + Into<u64> + 'static>() -> u64 {
    T::default().into()
}

#[traced_worker]
fn fails<E: Display + Send + 'static>(error: E) -> Result<(), E> {
    Err(error)
}

fn main() {
    assert_eq!(describe("a", [0; 2]), "\"a\"2");
    let (output, span) = run(describe::<&'static str, 3>::pool(), ("a", [0; 3]));
    assert_eq!(output, "\"a\"3");
    assert_eq!(span.attribute("value"), "\"a\"");
    assert_eq!(span.attribute("N"), "3");

    assert_eq!(
        run(unsized_parameter::<[u8]>::pool(), Box::new([1, 2])).0,
        "[1, 2]"
    );
    assert_eq!(run(unsized_in_where::<str>::pool(), "a".into()).0, "\"a\"");
    assert_eq!(run(only_in_the_body::<u8>::pool(), ()).0, 0);

    let (output, span) = run(fails::<char>::pool(), 'x');
    assert_eq!(output, Err('x'));
    assert_eq!(span.0.status, opentelemetry::trace::Status::error("x"));
}
