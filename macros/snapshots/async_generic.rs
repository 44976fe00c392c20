#[cfg_attr(clippy, ::traced_worker::__private::exempt_from_clippy)]
async fn fetch<T: Send + 'static, const N: usize>(first: T, second: [T; N]) {}
/// The worker of [`fetch()`](fn@fetch): `fetch::pool()` configures a pool for it.
#[non_exhaustive]
struct fetch<T: 'static, const N: usize> {
    marker: ::core::marker::PhantomData<fn() -> (*const T,)>,
}
#[automatically_derived]
impl<T: Send + 'static, const N: usize> ::traced_worker::__private::ByAttribute
for fetch<T, N> {}
#[automatically_derived]
impl<T: Send + 'static, const N: usize> ::traced_worker::__private::Worker
for fetch<T, N> {
    type Message = (T, [T; N]);
    type Output = ();
    type State = ();
    const METADATA: &'static ::traced_worker::__private::Metadata = &::traced_worker::__private::Metadata::new(
        "fetch",
        ::core::concat!(::core::module_path!(), "::", "fetch"),
        ::core::file!(),
        ::core::line!(),
    );
}
#[automatically_derived]
impl<T: Send + 'static, const N: usize> ::traced_worker::__private::AsyncWorker
for fetch<T, N> {
    fn run(
        __message: Self::Message,
        _: &::traced_worker::__private::WorkerSpan<'_>,
    ) -> impl ::core::future::Future<
        Output = Self::Output,
    > + ::core::marker::Send + 'static + use<T, N> {
        let (__argument_0, __argument_1) = __message;
        fetch::<T, N>(__argument_0, __argument_1)
    }
}
impl<T: Send + 'static, const N: usize> fetch<T, N> {
    /// Returns a builder for a pool of tasks that run this worker.
    fn pool() -> ::traced_worker::__private::TaskPoolBuilder<Self> {
        ::traced_worker::__private::TaskPoolBuilder::new()
    }
}
