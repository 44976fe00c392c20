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

fn main() {
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
