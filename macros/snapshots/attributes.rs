#[cfg_attr(clippy, ::traced_worker::__private::exempt_from_clippy)]
/// Stays with the function.
#[doc(hidden)]
#[must_use]
#[inline]
#[cfg(unix)]
#[cfg_attr(test, inline, cfg(all()), allow(unused))]
#[allow(dead_code)]
#[expect(unused_variables)]
fn r#match(r#type: u8) -> u8 {
    #![allow(unused)]
    r#type
}
#[cfg(unix)]
#[cfg_attr(test, cfg(all()))]
/// The worker of [`r#match()`](fn@r#match): `r#match::pool()` configures a pool for it.
#[doc(hidden)]
#[cfg_attr(test, allow(unused))]
#[allow(dead_code)]
#[non_exhaustive]
struct r#match {}
#[cfg(unix)]
#[cfg_attr(test, cfg(all()))]
#[automatically_derived]
impl ::traced_worker::__private::ByAttribute for r#match {}
#[cfg(unix)]
#[cfg_attr(test, cfg(all()))]
#[automatically_derived]
impl ::traced_worker::__private::Worker for r#match {
    type Message = u8;
    type Output = u8;
    type State = ();
    const METADATA: &'static ::traced_worker::__private::Metadata = &::traced_worker::__private::Metadata::new(
        "match",
        ::core::concat!(::core::module_path!(), "::", "match"),
        ::core::file!(),
        ::core::line!(),
    );
    fn failure(
        __output: &Self::Output,
    ) -> ::core::option::Option<::traced_worker::__private::Failure<'_>> {
        use ::traced_worker::__private::failure::{
            ByBoxedError as _, ByDebug as _, ByDisplay as _, ByError as _, ByType as _,
            Infallible as _,
        };
        (&&&&&::traced_worker::__private::Autoref(__output)).__failure()
    }
}
#[cfg(unix)]
#[cfg_attr(test, cfg(all()))]
#[automatically_derived]
impl ::traced_worker::__private::SyncWorker for r#match {
    fn run(
        __message: Self::Message,
        _: &mut Self::State,
        _: &::traced_worker::__private::WorkerSpan<'_>,
    ) -> Self::Output {
        r#match(__message)
    }
}
#[cfg(unix)]
#[cfg_attr(test, cfg(all()))]
impl r#match {
    /// Returns a builder for a pool of threads that run this worker.
    fn pool() -> ::traced_worker::__private::PoolBuilder<Self> {
        ::traced_worker::__private::PoolBuilder::new()
    }
}
