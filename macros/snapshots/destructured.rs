#[cfg_attr(clippy, ::traced_worker::__private::exempt_from_clippy)]
fn process(Job { mut id, ref name }: Job, _: bool, (&byte, _): (&'static u8, u8)) {
    id += 1;
}
/// The worker of [`process()`](fn@process): `process::pool()` configures a pool for it.
#[non_exhaustive]
struct process {}
#[automatically_derived]
impl ::traced_worker::__private::ByAttribute for process {}
#[automatically_derived]
impl ::traced_worker::__private::Worker for process {
    type Message = (Job, bool, (&'static u8, u8));
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
        let (__argument_0, __argument_1, __argument_2) = __message;
        if __span.is_recording() {
            use ::traced_worker::__private::value::{
                ByInto as _, ByNative as _, ByRequirement as _,
            };
            let Job { id, name } = &__argument_0;
            let _ = (&id, &name);
            let (byte, _) = __argument_2;
            let _ = (&byte,);
            __span
                .record(
                    "id",
                    || (&&&::traced_worker::__private::Autoref(&(id))).__value(),
                );
            __span
                .record(
                    "name",
                    || (&&&::traced_worker::__private::Autoref(&(name))).__value(),
                );
        }
        __function(__argument_0, __argument_1, __argument_2)
    }
}
impl process {
    /// Returns a builder for a pool of threads that run this worker.
    fn pool() -> ::traced_worker::__private::PoolBuilder<Self> {
        ::traced_worker::__private::PoolBuilder::new()
    }
}
