#[cfg_attr(clippy, ::traced_worker::__private::exempt_from_clippy)]
pub(crate) fn process<T: Display + Send + 'static, U, const N: usize>(
    value: T,
    list: Box<U>,
) -> [T; N]
where
    U: ?Sized + Send + 'static,
{
    todo!()
}
/// The worker of [`process()`](fn@process): `process::pool()` configures a pool for it.
#[non_exhaustive]
pub(crate) struct process<T: 'static, U: 'static, const N: usize>
where
    U: ?Sized,
{
    marker: ::core::marker::PhantomData<fn() -> (*const T, *const U)>,
}
#[automatically_derived]
impl<
    T: Display + Send + 'static,
    U,
    const N: usize,
> ::traced_worker::__private::ByAttribute for process<T, U, N>
where
    U: ?Sized + Send + 'static,
{}
#[automatically_derived]
impl<T: Display + Send + 'static, U, const N: usize> ::traced_worker::__private::Worker
for process<T, U, N>
where
    U: ?Sized + Send + 'static,
{
    type Message = (T, Box<U>);
    type Output = [T; N];
    type State = ();
    const METADATA: &'static ::traced_worker::__private::Metadata = &::traced_worker::__private::Metadata::new(
        "process",
        ::core::concat!(::core::module_path!(), "::", "process"),
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
impl<
    T: Display + Send + 'static,
    U,
    const N: usize,
> ::traced_worker::__private::SyncWorker for process<T, U, N>
where
    U: ?Sized + Send + 'static,
{
    fn run(
        __message: Self::Message,
        _: &mut Self::State,
        __span: &::traced_worker::__private::WorkerSpan<'_>,
    ) -> Self::Output {
        let __function = process::<T, U, N>;
        let (value, list) = __message;
        if __span.is_recording() {
            __span
                .record(
                    "value",
                    || ::traced_worker::__private::value::display(&(value)),
                );
        }
        __function(value, list)
    }
}
impl<T: Display + Send + 'static, U, const N: usize> process<T, U, N>
where
    U: ?Sized + Send + 'static,
{
    /// Returns a builder for a pool of threads that run this worker.
    pub(crate) fn pool() -> ::traced_worker::__private::PoolBuilder<Self> {
        ::traced_worker::__private::PoolBuilder::new()
    }
}
