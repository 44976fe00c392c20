#[cfg_attr(clippy, ::traced_worker::__private::exempt_from_clippy)]
fn process(job: Job, retries: u32) -> u32 {
    retries
}
/// The worker of [`process()`](fn@process): `process::pool()` configures a pool for it.
#[non_exhaustive]
struct process {}
#[automatically_derived]
impl ::traced_worker::__private::ByAttribute for process {}
#[automatically_derived]
impl ::traced_worker::__private::Worker for process {
    type Message = (Job, u32);
    type Output = u32;
    type State = ();
    const METADATA: &'static ::traced_worker::__private::Metadata = &::traced_worker::__private::Metadata::new(
            "worker_process",
            ::core::concat!(::core::module_path!(), "::", "process"),
            ::core::file!(),
            ::core::line!(),
        )
        .with_span_kind(::traced_worker::__private::SpanKind::Consumer)
        .with_caller_name("process_data");
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
impl ::traced_worker::__private::SyncWorker for process {
    fn run(
        __message: Self::Message,
        _: &mut Self::State,
        _: &::traced_worker::__private::WorkerSpan<'_>,
    ) -> Self::Output {
        let (__argument_0, __argument_1) = __message;
        process(__argument_0, __argument_1)
    }
}
impl process {
    /// Returns a builder for a pool of threads that run this worker.
    fn pool() -> ::traced_worker::__private::PoolBuilder<Self> {
        ::traced_worker::__private::PoolBuilder::new()
    }
}
