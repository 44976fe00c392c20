#[allow(clippy::needless_pass_by_value, reason = "a worker owns its message")]
fn process(mut job: Job, retries: Option<u32>) {
    job.run(retries);
}
/// The worker of [`process()`](fn@process): dispatch to it through `process::pool()`.
#[allow(non_camel_case_types, reason = "it has the name of its function")]
struct process {}
#[automatically_derived]
impl ::traced_worker::__private::Worker for process {
    type Message = (Job, Option<u32>);
    type Output = ();
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
        let __function = process;
        let (job, retries) = __message;
        if __span.is_recording() {
            use ::traced_worker::__private::value::{
                ByInto as _, ByNative as _, ByRequirement as _,
            };
            __span
                .field(
                    "job.id",
                    (&&&::traced_worker::__private::value::Probe(&(job.id))).__value(),
                );
            __span
                .field(
                    "path",
                    ::traced_worker::__private::value::display(&(job.path.display())),
                );
            __span
                .field("retries", ::traced_worker::__private::value::debug(&(retries)));
            __span
                .field(
                    "size in bytes",
                    (&&&::traced_worker::__private::value::Probe(&(job.size())))
                        .__value(),
                );
        }
        __function(job, retries)
    }
}
impl process {
    /// A pool of threads that run this worker, to be set up and started.
    fn pool() -> ::traced_worker::__private::PoolBuilder<Self> {
        ::traced_worker::__private::PoolBuilder::new()
    }
}
