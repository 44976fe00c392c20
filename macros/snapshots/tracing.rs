#[cfg_attr(clippy, ::traced_worker::__private::exempt_from_clippy)]
fn process(job: Job) -> Result<Digest, HashError> {
    hash(&job.path)
}
/// The worker of [`process()`](fn@process): `process::pool()` configures a pool for it.
#[non_exhaustive]
struct process {}
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
        )
        .with_span_kind(::traced_worker::__private::SpanKind::Consumer);
    const TRACING: ::core::option::Option<
        &'static ::traced_worker::__private::CallSites,
    > = ::core::option::Option::Some(
        &::traced_worker::__private::CallSites::new(
                || {
                    ::traced_worker::__private::tracing::span!(
                        target : "jobs",
                        ::traced_worker::__private::tracing::Level::DEBUG, "process",
                        "otel.kind" = "consumer", "job.id" =
                        ::traced_worker::__private::tracing::field::Empty, "path" =
                        ::traced_worker::__private::tracing::field::Empty, "digest" =
                        ::traced_worker::__private::tracing::field::Empty,
                    )
                },
                |__parent| {
                    ::traced_worker::__private::tracing::span!(
                        target : "jobs", parent : __parent,
                        ::traced_worker::__private::tracing::Level::DEBUG, "process",
                        "otel.kind" = "consumer", "job.id" =
                        ::traced_worker::__private::tracing::field::Empty, "path" =
                        ::traced_worker::__private::tracing::field::Empty, "digest" =
                        ::traced_worker::__private::tracing::field::Empty,
                    )
                },
            )
            .with_error(|__value| {
                ::traced_worker::__private::tracing::event!(
                    target : "jobs", ::traced_worker::__private::tracing::Level::ERROR,
                    "error" = __value
                )
            })
            .with_return(|__value| {
                ::traced_worker::__private::tracing::event!(
                    target : "jobs", ::traced_worker::__private::tracing::Level::DEBUG,
                    "return" = __value
                )
            }),
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
            (&&&&&&&::traced_worker::__private::Autoref(__output)).__returned(),
        );
    }
}
#[automatically_derived]
impl ::traced_worker::__private::SyncWorker for process {
    fn run(
        __message: Self::Message,
        _: &mut Self::State,
        __span: &::traced_worker::__private::WorkerSpan<'_>,
    ) -> Self::Output {
        let __function = process;
        let job = __message;
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
                .record_formatted(
                    "path",
                    || ::traced_worker::__private::value::display(&(job.path.display())),
                );
        }
        __function(job)
    }
}
impl process {
    /// Returns a builder for a pool of threads that run this worker.
    fn pool() -> ::traced_worker::__private::PoolBuilder<Self> {
        ::traced_worker::__private::PoolBuilder::new()
    }
}
