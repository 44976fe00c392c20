#[allow(clippy::needless_pass_by_value, reason = "a worker owns its message")]
#[allow(clippy::ptr_arg, reason = "a thread holds its state by value")]
pub fn process(db: &mut Connection, job: Job, retries: u32) -> Reply {
    job.run(db, retries)
}
/// The worker of [`process()`](fn@process): dispatch to it through `process::pool()`.
#[allow(non_camel_case_types, reason = "it has the name of its function")]
pub struct process {}
#[automatically_derived]
impl ::traced_worker::__private::Worker for process {
    type Message = (Job, u32);
    type Output = Reply;
    type State = Connection;
    const DESCRIPTION: &'static ::traced_worker::__private::Description = &::traced_worker::__private::Description::new(
            "worker_process",
            ::core::concat!(::core::module_path!(), "::", "process"),
            ::core::file!(),
            ::core::line!(),
        )
        .kind(::traced_worker::__private::SpanKind::Producer)
        .parent(::traced_worker::__private::Parent::Root)
        .caller("process_data");
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
                .field(
                    "job.id",
                    (&&&::traced_worker::__private::value::Probe(&(job.id))).__value(),
                );
            __span
                .field("retries", ::traced_worker::__private::value::debug(&(retries)));
            __span.field("shown", ::traced_worker::__private::value::display(&(job)));
            __span
                .field(
                    "db.name",
                    (&&&::traced_worker::__private::value::Probe(&(db.name))).__value(),
                );
        }
        __function(__state, job, retries)
    }
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
            (&&&&&&&::traced_worker::__private::returned::Probe(__output)).__returned(),
        );
    }
}
impl process {
    /// A pool of threads that run this worker, to be set up and started.
    pub fn pool() -> ::traced_worker::__private::PoolBuilder<Self> {
        ::traced_worker::__private::PoolBuilder::new()
    }
}
