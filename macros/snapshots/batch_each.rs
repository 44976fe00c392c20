#[cfg_attr(clippy, ::traced_worker::__private::exempt_from_clippy)]
fn store(rows: Vec<Row>) -> Vec<Result<(), Error>> {
    rows.into_iter().map(Row::store).collect()
}
/// The worker of [`store()`](fn@store): `store::pool()` configures a pool for it.
#[non_exhaustive]
struct store {}
#[automatically_derived]
impl ::traced_worker::__private::ByAttribute for store {}
#[automatically_derived]
impl ::traced_worker::__private::Worker for store {
    type Message = Row;
    type Output = Result<(), Error>;
    type State = ();
    const METADATA: &'static ::traced_worker::__private::Metadata = &::traced_worker::__private::Metadata::new(
            "store",
            ::core::concat!(::core::module_path!(), "::", "store"),
            ::core::file!(),
            ::core::line!(),
        )
        .with_batch(64, 5000000);
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
impl ::traced_worker::__private::SyncWorker for store {
    fn run(
        __message: Self::Message,
        __state: &mut Self::State,
        __span: &::traced_worker::__private::WorkerSpan<'_>,
    ) -> Self::Output {
        ::traced_worker::__private::batch::one(
            <Self as ::traced_worker::__private::SyncWorker>::run_batch(
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
}
impl store {
    /// Returns a builder for a pool of threads that run this worker.
    fn pool() -> ::traced_worker::__private::PoolBuilder<Self> {
        ::traced_worker::__private::PoolBuilder::new()
    }
}
