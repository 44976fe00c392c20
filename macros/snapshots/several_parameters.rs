#[allow(clippy::needless_pass_by_value, reason = "a worker owns its message")]
fn process(job: Job, retries: u32) -> u32 {
    retries
}
/// The worker of [`process()`](fn@process): dispatch to it through `process::pool()`.
#[allow(non_camel_case_types, reason = "it has the name of its function")]
struct process {}
#[automatically_derived]
impl ::traced_worker::__private::Worker for process {
    type Message = (Job, u32);
    type Output = u32;
    type State = ();
    const DESCRIPTION: &'static ::traced_worker::__private::Description = &::traced_worker::__private::Description::new(
            "worker_process",
            ::core::concat!(::core::module_path!(), "::", "process"),
            ::core::file!(),
            ::core::line!(),
        )
        .kind(::traced_worker::__private::SpanKind::Consumer)
        .caller("process_data");
    fn run(
        __message: Self::Message,
        _: &mut Self::State,
        _: &::traced_worker::__private::WorkerSpan<'_>,
    ) -> Self::Output {
        let (__argument_0, __argument_1) = __message;
        process(__argument_0, __argument_1)
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
