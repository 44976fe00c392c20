#[allow(clippy::needless_pass_by_value, reason = "a worker owns its message")]
fn store(rows: Vec<Row>) -> Vec<Result<(), Error>> {
    rows.into_iter().map(Row::store).collect()
}
/// The worker of [`store()`](fn@store): dispatch to it through `store::pool()`.
#[allow(non_camel_case_types, reason = "it has the name of its function")]
struct store {}
#[automatically_derived]
impl ::traced_worker::__private::Worker for store {
    type Message = Row;
    type Output = Result<(), Error>;
    type State = ();
    const DESCRIPTION: &'static ::traced_worker::__private::Description = &::traced_worker::__private::Description::new(
            "store",
            ::core::concat!(::core::module_path!(), "::", "store"),
            ::core::file!(),
            ::core::line!(),
        )
        .batch(64, 5000000);
    fn run(
        __message: Self::Message,
        __state: &mut Self::State,
        __span: &::traced_worker::__private::WorkerSpan<'_>,
    ) -> Self::Output {
        ::traced_worker::__private::batch::one(
            <Self as ::traced_worker::__private::Worker>::run_batch(
                ::traced_worker::__private::batch::of(__message),
                __state,
                __span,
            ),
        )
    }
    fn run_batch(
        __messages: ::traced_worker::__private::Vec<Self::Message>,
        _: &mut Self::State,
        _: &::traced_worker::__private::WorkerSpan<'_>,
    ) -> ::traced_worker::__private::Vec<Self::Output> {
        store(__messages)
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
impl store {
    /// A pool of threads that run this worker, to be set up and started.
    fn pool() -> ::traced_worker::__private::PoolBuilder<Self> {
        ::traced_worker::__private::PoolBuilder::new()
    }
}
