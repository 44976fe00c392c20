#[allow(clippy::needless_pass_by_value, reason = "a worker owns its message")]
#[allow(clippy::ptr_arg, reason = "a thread holds its state by value")]
fn process(db: &mut Connection, job: Job) -> Result<(), Error> {
    db.store(job)
}
/// The worker of [`process()`](fn@process): dispatch to it through `process::pool()`.
#[allow(non_camel_case_types, reason = "it has the name of its function")]
struct process {}
#[automatically_derived]
impl ::traced_worker::__private::Worker for process {
    type Message = Job;
    type Output = Result<(), Error>;
    type State = Connection;
    const DESCRIPTION: &'static ::traced_worker::__private::Description = &::traced_worker::__private::Description::new(
        "process",
        ::core::concat!(::core::module_path!(), "::", "process"),
        ::core::file!(),
        ::core::line!(),
    );
    fn run(
        __message: Self::Message,
        __state: &mut Self::State,
        __span: &::traced_worker::__private::WorkerSpan<'_>,
    ) -> Self::Output {
        let __function = process;
        let job = __message;
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
                .field(
                    "db.name",
                    (&&&::traced_worker::__private::value::Probe(&(db.name))).__value(),
                );
        }
        __function(__state, job)
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
impl process {
    /// A pool of threads that run this worker, to be set up and started.
    fn pool() -> ::traced_worker::__private::PoolBuilder<Self> {
        ::traced_worker::__private::PoolBuilder::new()
    }
}
