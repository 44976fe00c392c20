#[allow(clippy::needless_pass_by_value, reason = "a worker owns its message")]
#[allow(clippy::ptr_arg, reason = "a thread holds its state by value")]
fn store(db: &mut Connection, rows: Vec<Row>) -> Result<usize, Error> {
    db.store(rows)
}
/// The worker of [`store()`](fn@store): dispatch to it through `store::pool()`.
#[allow(non_camel_case_types, reason = "it has the name of its function")]
struct store {}
#[automatically_derived]
impl ::traced_worker::__private::Worker for store {
    type Message = Row;
    type Output = ::traced_worker::__private::Arc<Result<usize, Error>>;
    type State = Connection;
    const DESCRIPTION: &'static ::traced_worker::__private::Description = &::traced_worker::__private::Description::new(
            "store",
            ::core::concat!(::core::module_path!(), "::", "store"),
            ::core::file!(),
            ::core::line!(),
        )
        .batch(64, 0);
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
                .field(
                    "rows",
                    (&&&::traced_worker::__private::value::Probe(&(rows.len())))
                        .__value(),
                );
        }
        ::traced_worker::__private::batch::share(__count, __function(__state, rows))
    }
    fn failure(
        __output: &Self::Output,
    ) -> ::core::option::Option<::traced_worker::__private::Failure<'_>> {
        use ::traced_worker::__private::failure::{
            ByDebug as _, ByDisplay as _, ByError as _, ByType as _, Infallible as _,
        };
        (&&&&&::traced_worker::__private::failure::Probe(&**__output)).__failure()
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
            (&&&&&&&::traced_worker::__private::returned::Probe(&**__output))
                .__returned(),
        );
    }
}
impl store {
    /// A pool of threads that run this worker, to be set up and started.
    fn pool() -> ::traced_worker::__private::PoolBuilder<Self> {
        ::traced_worker::__private::PoolBuilder::new()
    }
}
