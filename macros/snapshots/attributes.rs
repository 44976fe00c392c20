#[allow(clippy::needless_pass_by_value, reason = "a worker owns its message")]
/// Stays with the function.
#[doc(hidden)]
#[must_use]
#[inline]
#[cfg(unix)]
#[cfg_attr(test, inline, cfg(all()), allow(unused))]
#[allow(dead_code)]
#[expect(unused_variables)]
#[deprecated]
fn r#match(r#type: u8) -> u8 {
    #![allow(unused)]
    r#type
}
#[cfg(unix)]
#[cfg_attr(test, cfg(all()))]
/// The worker of [`r#match()`](fn@r#match): dispatch to it through `r#match::pool()`.
#[doc(hidden)]
#[cfg_attr(test, allow(unused))]
#[allow(dead_code)]
#[deprecated]
#[allow(non_camel_case_types, reason = "it has the name of its function")]
struct r#match {}
#[cfg(unix)]
#[cfg_attr(test, cfg(all()))]
#[allow(deprecated, reason = "this makes the deprecated function a worker")]
#[automatically_derived]
impl ::traced_worker::__private::Worker for r#match {
    type Message = u8;
    type Output = u8;
    type State = ();
    const DESCRIPTION: &'static ::traced_worker::__private::Description = &::traced_worker::__private::Description::new(
        "match",
        ::core::concat!(::core::module_path!(), "::", "match"),
        ::core::file!(),
        ::core::line!(),
    );
    fn run(
        __message: Self::Message,
        _: &mut Self::State,
        _: &::traced_worker::__private::WorkerSpan<'_>,
    ) -> Self::Output {
        r#match(__message)
    }
    fn failure(
        __output: &Self::Output,
    ) -> ::core::option::Option<::traced_worker::__private::Failure<'_>> {
        use ::traced_worker::__private::failure::{
            ByDebug as _, ByDisplay as _, ByError as _, ByType as _, Infallible as _,
        };
        (&&&&&::traced_worker::__private::failure::Probe(__output)).__failure()
    }
}
#[cfg(unix)]
#[cfg_attr(test, cfg(all()))]
#[allow(deprecated, reason = "this makes the deprecated function a worker")]
impl r#match {
    /// A pool of threads that run this worker, to be set up and started.
    fn pool() -> ::traced_worker::__private::PoolBuilder<Self> {
        ::traced_worker::__private::PoolBuilder::new()
    }
}
