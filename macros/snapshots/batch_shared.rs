#[cfg_attr(clippy, ::traced_worker::__private::exempt_from_clippy)]
fn store(db: &mut Connection, rows: Vec<Row>) -> Result<usize, Error> {
    db.store(rows)
}
/// The worker of [`store()`](fn@store): `store::pool()` configures a pool for it.
#[non_exhaustive]
struct store {}
#[automatically_derived]
impl ::traced_worker::__private::ByAttribute for store {}
#[automatically_derived]
impl ::traced_worker::__private::Worker for store {
    type Message = Row;
    type Output = ::traced_worker::__private::Arc<Result<usize, Error>>;
    type State = Connection;
    const METADATA: &'static ::traced_worker::__private::Metadata = &::traced_worker::__private::Metadata::new(
            "store",
            ::core::concat!(::core::module_path!(), "::", "store"),
            ::core::file!(),
            ::core::line!(),
        )
        .with_batch(64, 0);
    fn failure(
        __output: &Self::Output,
    ) -> ::core::option::Option<::traced_worker::__private::Failure<'_>> {
        use ::traced_worker::__private::failure::{
            ByBoxedError as _, ByDebug as _, ByDisplay as _, ByError as _, ByType as _,
            Infallible as _,
        };
        (&&&&&::traced_worker::__private::Autoref(&**__output)).__failure()
    }
    fn record_return(
        __output: &Self::Output,
        __span: &::traced_worker::__private::WorkerSpan<'_>,
    ) {
        use ::traced_worker::__private::returned::{
            ByDebug as _, ByDisplay as _, ByNative as _, ByRequirement as _,
            ByResultDebug as _, ByResultDisplay as _, ByResultNative as _,
        };
        ::traced_worker::__private::returned::record(
            __span,
            (&&&&&&&::traced_worker::__private::Autoref(&**__output)).__returned(),
        );
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
        __state: &mut Self::State,
        __span: &::traced_worker::__private::WorkerSpan<'_>,
    ) -> ::traced_worker::__private::Vec<Self::Output> {
        let __count = __messages.len();
        let __function = store;
        let rows = __messages;
        if __span.is_recording() {
            use ::traced_worker::__private::value::{
                ByInto as _, ByNative as _, ByRequirement as _,
            };
            let db = &*__state;
            let _ = (&db,);
            __span
                .record(
                    "rows",
                    || (&&&::traced_worker::__private::Autoref(&(rows.len()))).__value(),
                );
        }
        ::traced_worker::__private::batch::share(__count, __function(__state, rows))
    }
}
impl store {
    /// Returns a builder for a pool of threads that run this worker. Each thread makes its
    /// state with `make_state`.
    fn pool<__F>(make_state: __F) -> ::traced_worker::__private::PoolBuilder<Self>
    where
        __F: ::core::ops::Fn() -> <Self as ::traced_worker::__private::Worker>::State
            + ::core::marker::Send + ::core::marker::Sync + 'static,
    {
        ::traced_worker::__private::PoolBuilder::with_state(make_state)
    }
    /// Returns a builder for a pool of threads that run this worker. Each thread makes its
    /// state with `make_state`, which can fail.
    fn try_pool<__F, __E>(
        make_state: __F,
    ) -> ::traced_worker::__private::PoolBuilder<Self>
    where
        __F: ::core::ops::Fn(
            ) -> ::core::result::Result<
                    <Self as ::traced_worker::__private::Worker>::State,
                    __E,
                > + ::core::marker::Send + ::core::marker::Sync + 'static,
        __E: ::core::convert::Into<::traced_worker::__private::BoxError>,
    {
        ::traced_worker::__private::PoolBuilder::try_with_state(make_state)
    }
}
