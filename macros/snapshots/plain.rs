#[cfg_attr(clippy, ::traced_worker::__private::exempt_from_clippy)]
/// Hashes a file.
pub fn process(job: Job) -> Result<Digest, HashError> {
    hash(&job.path)
}
/// The worker of [`process()`](fn@process): `process::pool()` configures a pool for it.
#[non_exhaustive]
pub struct process {}
#[automatically_derived]
impl ::traced_worker::__private::ByAttribute for process {}
#[automatically_derived]
impl ::traced_worker::__private::Worker for process {
    type Message = Job;
    type Output = Result<Digest, HashError>;
    type State = ();
    const METADATA: &'static ::traced_worker::__private::Metadata = &::traced_worker::__private::Metadata::new(
        "process",
        ::core::concat!(::core::module_path!(), "::", "process"),
        ::core::file!(),
        ::core::line!(),
    );
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
        process(__message)
    }
}
impl process {
    /// Returns a builder for a pool of threads that run this worker.
    pub fn pool() -> ::traced_worker::__private::PoolBuilder<Self> {
        ::traced_worker::__private::PoolBuilder::new()
    }
}
