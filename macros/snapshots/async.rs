#[cfg_attr(clippy, ::traced_worker::__private::exempt_from_clippy)]
pub async fn fetch(url: Url) -> Result<Page, Error> {
    get(url).await
}
/// The worker of [`fetch()`](fn@fetch): `fetch::pool()` configures a pool for it.
#[non_exhaustive]
pub struct fetch {}
#[automatically_derived]
impl ::traced_worker::__private::ByAttribute for fetch {}
#[automatically_derived]
impl ::traced_worker::__private::Worker for fetch {
    type Message = Url;
    type Output = Result<Page, Error>;
    type State = ();
    const METADATA: &'static ::traced_worker::__private::Metadata = &::traced_worker::__private::Metadata::new(
        "fetch",
        ::core::concat!(::core::module_path!(), "::", "fetch"),
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
#[automatically_derived]
impl ::traced_worker::__private::AsyncWorker for fetch {
    fn run(
        __message: Self::Message,
        __span: &::traced_worker::__private::WorkerSpan<'_>,
    ) -> impl ::core::future::Future<
        Output = Self::Output,
    > + ::core::marker::Send + 'static + use<> {
        let __function = fetch;
        let url = __message;
        if __span.is_recording() {
            __span.record("url", || ::traced_worker::__private::value::display(&(url)));
        }
        __function(url)
    }
}
impl fetch {
    /// Returns a builder for a pool of tasks that run this worker.
    pub fn pool() -> ::traced_worker::__private::TaskPoolBuilder<Self> {
        ::traced_worker::__private::TaskPoolBuilder::new()
    }
}
