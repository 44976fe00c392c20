#[cfg_attr(clippy, ::traced_worker::__private::exempt_from_clippy)]
#[cfg_attr(unix, deprecated)]
fn r#match(r#match: u8) {}
/// The worker of [`r#match()`](fn@r#match): `Match::pool()` configures a pool for it.
#[derive(::traced_worker::__private::DeprecatedWorker)]
#[cfg_attr(unix, deprecated)]
#[non_exhaustive]
struct Match {}
#[automatically_derived]
impl ::traced_worker::__private::ByAttribute for Match {}
#[automatically_derived]
impl ::traced_worker::__private::Worker for Match {
    type Message = u8;
    type Output = ();
    type State = ();
    const METADATA: &'static ::traced_worker::__private::Metadata = &::traced_worker::__private::Metadata::new(
        "match",
        ::core::concat!(::core::module_path!(), "::", "match"),
        ::core::file!(),
        ::core::line!(),
    );
}
#[automatically_derived]
impl ::traced_worker::__private::SyncWorker for Match {
    fn run(
        __message: Self::Message,
        _: &mut Self::State,
        __span: &::traced_worker::__private::WorkerSpan<'_>,
    ) -> Self::Output {
        let __function = r#match;
        let r#match = __message;
        if __span.is_recording() {
            use ::traced_worker::__private::value::{
                ByInto as _, ByNative as _, ByRequirement as _,
            };
            __span
                .record(
                    "other",
                    || (&&&::traced_worker::__private::Autoref(&(r#match))).__value(),
                );
        }
        __function(r#match)
    }
}
impl Match {
    /// Returns a builder for a pool of threads that run this worker.
    fn pool() -> ::traced_worker::__private::PoolBuilder<Self> {
        ::traced_worker::__private::PoolBuilder::new()
    }
}
