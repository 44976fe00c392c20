#[cfg_attr(clippy, ::traced_worker::__private::exempt_from_clippy)]
fn process(mut job: Job, retries: Option<u32>) {
    job.run(retries);
}
/// The worker of [`process()`](fn@process): `process::pool()` configures a pool for it.
#[non_exhaustive]
struct process {}
#[automatically_derived]
impl ::traced_worker::__private::ByAttribute for process {}
#[automatically_derived]
impl ::traced_worker::__private::Worker for process {
    type Message = (Job, Option<u32>);
    type Output = ();
    type State = ();
    const METADATA: &'static ::traced_worker::__private::Metadata = &::traced_worker::__private::Metadata::new(
        "process",
        ::core::concat!(::core::module_path!(), "::", "process"),
        ::core::file!(),
        ::core::line!(),
    );
}
#[automatically_derived]
impl ::traced_worker::__private::SyncWorker for process {
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
                .record(
                    "job.id",
                    || (&&&::traced_worker::__private::Autoref(&(job.id))).__value(),
                );
            __span
                .record(
                    "path",
                    || ::traced_worker::__private::value::display(&(job.path.display())),
                );
            __span
                .record(
                    "retries",
                    || ::traced_worker::__private::value::debug(&(retries)),
                );
            __span
                .record(
                    "size in bytes",
                    || (&&&::traced_worker::__private::Autoref(&(job.size()))).__value(),
                );
        }
        __function(job, retries)
    }
}
impl process {
    /// Returns a builder for a pool of threads that run this worker.
    fn pool() -> ::traced_worker::__private::PoolBuilder<Self> {
        ::traced_worker::__private::PoolBuilder::new()
    }
}
