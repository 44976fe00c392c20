#[cfg_attr(clippy, ::traced_worker::__private::exempt_from_clippy)]
fn process(job: Job) -> Option<Digest> {
    job.run()
}
/// The worker of [`process()`](fn@process): `process::pool()` configures a pool for it.
#[non_exhaustive]
struct process {}
#[automatically_derived]
impl ::traced_worker::__private::ByAttribute for process {}
#[automatically_derived]
impl ::traced_worker::__private::Worker for process {
    type Message = Job;
    type Output = Option<Digest>;
    type State = ();
    const METADATA: &'static ::traced_worker::__private::Metadata = &::traced_worker::__private::Metadata::new(
            "process",
            ::core::concat!(::core::module_path!(), "::", "process"),
            ::core::file!(),
            ::core::line!(),
        )
        .with_relation(::traced_worker::__private::SpanRelation::Link);
    fn failure(
        __output: &Self::Output,
    ) -> ::core::option::Option<::traced_worker::__private::Failure<'_>> {
        ::traced_worker::__private::failure::none(__output)
    }
}
#[automatically_derived]
impl ::traced_worker::__private::SyncWorker for process {
    fn run(
        __message: Self::Message,
        _: &mut Self::State,
        _: &::traced_worker::__private::WorkerSpan<'_>,
    ) -> Self::Output {
        process(__message)
    }
}
impl process {
    /// Returns a builder for a pool of threads that run this worker.
    fn pool() -> ::traced_worker::__private::PoolBuilder<Self> {
        ::traced_worker::__private::PoolBuilder::new()
    }
}
