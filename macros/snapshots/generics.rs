#[allow(clippy::needless_pass_by_value, reason = "a worker owns its message")]
pub(crate) fn process<T: Display + Send + 'static, U, const N: usize>(
    value: T,
    list: Box<U>,
) -> [T; N]
where
    U: ?Sized + Send + 'static,
{
    todo!()
}
/// The worker of [`process()`](fn@process): dispatch to it through `process::pool()`.
#[allow(non_camel_case_types, reason = "it has the name of its function")]
pub(crate) struct process<T: 'static, U: 'static, const N: usize>
where
    U: ?Sized,
{
    marker: ::core::marker::PhantomData<fn() -> (*const T, *const U)>,
}
#[automatically_derived]
impl<T: Display + Send + 'static, U, const N: usize> ::traced_worker::__private::Worker
for process<T, U, N>
where
    U: ?Sized + Send + 'static,
{
    type Message = (T, Box<U>);
    type Output = [T; N];
    type State = ();
    const DESCRIPTION: &'static ::traced_worker::__private::Description = &::traced_worker::__private::Description::new(
        "process",
        ::core::concat!(::core::module_path!(), "::", "process"),
        ::core::file!(),
        ::core::line!(),
    );
    fn run(
        __message: Self::Message,
        _: &mut Self::State,
        __span: &::traced_worker::__private::WorkerSpan<'_>,
    ) -> Self::Output {
        let __function = process::<T, U, N>;
        let (value, list) = __message;
        if __span.is_recording() {
            __span.field("value", ::traced_worker::__private::value::display(&(value)));
        }
        __function(value, list)
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
impl<T: Display + Send + 'static, U, const N: usize> process<T, U, N>
where
    U: ?Sized + Send + 'static,
{
    /// A pool of threads that run this worker, to be set up and started.
    pub(crate) fn pool() -> ::traced_worker::__private::PoolBuilder<Self> {
        ::traced_worker::__private::PoolBuilder::new()
    }
}
