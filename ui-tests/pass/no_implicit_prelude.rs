//! Nothing of the prelude is used.

#![no_implicit_prelude]
#![forbid(unsafe_code)]

#[::traced_worker::traced_worker(name = "n", kind = client, fields(number, text = %number, list = ?list), ret)]
fn process(
    number: u8,
    (list, _): (::std::vec::Vec<u8>, u8),
) -> ::std::result::Result<u8, ::std::string::String> {
    ::std::result::Result::Ok(number + list[0])
}

#[::traced_worker::traced_worker(err(Debug), ret(Display))]
fn generic<T: ::std::marker::Send + 'static>(_: T) -> ::std::result::Result<u8, u8> {
    ::std::result::Result::Ok(1)
}

#[::traced_worker::traced_worker(batch = 1, linger = "1ms", relation = link, fields(state, items = ?items), err(None), ret(Debug))]
fn batch(#[state] state: &mut u8, items: ::std::vec::Vec<u8>) -> ::std::option::Option<u8> {
    *state += items[0];
    ::std::option::Option::Some(*state)
}

#[::traced_worker::traced_worker(batch = 1)]
fn batch_each(items: ::std::vec::Vec<u8>) -> ::std::vec::Vec<u8> {
    items
}

fn main() {
    let (output, _) = ::traced_worker_ui_tests::run(batch::pool(|| 1), 2);
    ::std::assert_eq!(*output, ::std::option::Option::Some(3));
    ::std::assert_eq!(::traced_worker_ui_tests::run(batch_each::pool(), 2).0, 2);

    let message = (1, (::std::vec![2], 3));
    let (output, span) = ::traced_worker_ui_tests::run(process::pool(), message);
    ::std::assert_eq!(output, ::std::result::Result::Ok(3));
    ::std::assert_eq!(span.attribute("list"), "\"[2]\"");
    ::std::assert_eq!(
        ::traced_worker_ui_tests::run(generic::<u8>::pool(), 1)
            .1
            .attribute("return"),
        "\"1\""
    );
}
