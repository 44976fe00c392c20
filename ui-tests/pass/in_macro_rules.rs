//! Made by a `macro_rules!`: with the names from outside, with those from inside, and both.

use traced_worker::traced_worker;

macro_rules! workers {
    ($visibility:vis $name:ident, $parameter:ident: $type:ty, $text:literal, $value:expr, $body:block) => {
        #[traced_worker(name = $text, fields(value = $value, $parameter, inner))]
        $visibility fn $name($parameter: $type, inner: $type) -> Option<$type> {
            let _ = inner;
            Some($body)
        }

        #[traced_worker(fields(inner))]
        fn from_inside(inner: $type) -> $type {
            inner
        }
    };
}

workers!(pub(crate) outside, number: u8, "a text", number + 1, { number * 2 });

macro_rules! item {
    ($item:item) => {
        #[traced_worker]
        $item
    };
}

item! {
    /// An item.
    fn whole(number: u8) -> u8 { number }
}

macro_rules! with_crate {
    ($crate_:path) => {
        #[traced_worker(crate = $crate_)]
        fn elsewhere() {}
    };
}

with_crate!(::traced_worker);

fn main() {
    let (output, span) = traced_worker_ui_tests::run(outside::pool(), (2, 3));
    assert_eq!(output, Some(4));
    assert_eq!(span.0.name, "a text");
    assert_eq!(span.attribute("value"), "3");
    assert_eq!(span.attribute("number"), "2");
    assert_eq!(span.attribute("inner"), "3");
    assert_eq!(
        traced_worker_ui_tests::run(from_inside::pool(), 1)
            .1
            .attribute("inner"),
        "1"
    );
    assert_eq!(traced_worker_ui_tests::run(whole::pool(), 1).0, 1);
    assert_eq!(traced_worker_ui_tests::run(elsewhere::pool(), ()).0, ());
}
