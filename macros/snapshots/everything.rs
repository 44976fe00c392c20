#[cfg_attr(clippy, ::traced_worker::__private::exempt_from_clippy)]
pub fn process(db: &mut Connection, job: Job, retries: u32) -> Reply {
    job.run(db, retries)
}
/// The worker of [`process()`](fn@process): `process::pool()` configures a pool for it.
#[non_exhaustive]
pub struct process {}
#[automatically_derived]
impl ::traced_worker::__private::ByAttribute for process {}
#[automatically_derived]
impl ::traced_worker::__private::Worker for process {
    type Message = (Job, u32);
    type Output = Reply;
    type State = Connection;
    const METADATA: &'static ::traced_worker::__private::Metadata = &::traced_worker::__private::Metadata::new(
            "worker_process",
            ::core::concat!(::core::module_path!(), "::", "process"),
            ::core::file!(),
            ::core::line!(),
        )
        .with_span_kind(::traced_worker::__private::SpanKind::Producer)
        .with_relation(::traced_worker::__private::SpanRelation::Root)
        .with_caller_name("process_data");
    fn failure(
        __output: &Self::Output,
    ) -> ::core::option::Option<::traced_worker::__private::Failure<'_>> {
        ::traced_worker::__private::failure::debug(__output)
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
            (&&&&&&&::traced_worker::__private::Autoref(__output)).__returned(),
        );
    }
}
#[automatically_derived]
impl ::traced_worker::__private::SyncWorker for process {
    fn run(
        __message: Self::Message,
        __state: &mut Self::State,
        __span: &::traced_worker::__private::WorkerSpan<'_>,
    ) -> Self::Output {
        let __function = process;
        let (job, retries) = __message;
        if __span.is_recording() {
            use ::traced_worker::__private::value::{
                ByInto as _, ByNative as _, ByRequirement as _,
            };
            let db = &*__state;
            let _ = (&db,);
            __span
                .record(
                    "job.id",
                    || (&&&::traced_worker::__private::Autoref(&(job.id))).__value(),
                );
            __span
                .record(
                    "retries",
                    || ::traced_worker::__private::value::debug(&(retries)),
                );
            __span
                .record("shown", || ::traced_worker::__private::value::display(&(job)));
            __span
                .record(
                    "db.name",
                    || (&&&::traced_worker::__private::Autoref(&(db.name))).__value(),
                );
        }
        __function(__state, job, retries)
    }
}
impl process {
    /// Returns a builder for a pool of threads that run this worker. Each thread makes its
    /// state with `make_state`.
    pub fn pool<__F>(make_state: __F) -> ::traced_worker::__private::PoolBuilder<Self>
    where
        __F: ::core::ops::Fn() -> <Self as ::traced_worker::__private::Worker>::State
            + ::core::marker::Send + ::core::marker::Sync + 'static,
    {
        ::traced_worker::__private::PoolBuilder::with_state(make_state)
    }
    /// Returns a builder for a pool of threads that run this worker. Each thread makes its
    /// state with `make_state`, which can fail.
    pub fn try_pool<__F, __E>(
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
