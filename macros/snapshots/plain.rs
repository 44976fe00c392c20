#[allow(clippy::needless_pass_by_value, reason = "a worker owns its message")]
/// Hashes a file.
pub fn process(job: Job) -> Result<Digest, HashError> {
    hash(&job.path)
}
/// The worker of [`process()`](fn@process): dispatch to it through `process::pool()`.
#[allow(non_camel_case_types, reason = "it has the name of its function")]
pub struct process {}
#[automatically_derived]
impl ::traced_worker::__private::Worker for process {
    type Message = Job;
    type Output = Result<Digest, HashError>;
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
        _: &::traced_worker::__private::WorkerSpan<'_>,
    ) -> Self::Output {
        process(__message)
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
    pub fn pool() -> ::traced_worker::__private::PoolBuilder<Self> {
        ::traced_worker::__private::PoolBuilder::new()
    }
}
