#[cfg_attr(clippy, ::traced_worker::__private::exempt_from_clippy)]
fn process(job: Job) -> Result<(), Job> {
    Err(job)
}
/// The worker of [`process()`](fn@process): `process::pool()` configures a pool for it.
#[non_exhaustive]
struct process {}
#[automatically_derived]
impl ::traced_worker::__private::ByAttribute for process {}
#[automatically_derived]
impl ::traced_worker::__private::Worker for process {
    type Message = Job;
    type Output = Result<(), Job>;
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
::core::compile_error! {
    "there is no argument `nmae`: did you mean `name`?"
}
::core::compile_error! {
    "there is no span kind `queue`: write `internal`, `server`, `client`, `producer` or `consumer`"
}
