#[allow(clippy::needless_pass_by_value, reason = "a worker owns its message")]
fn process(Job { mut id, ref name }: Job, _: bool, (&byte, _): (&'static u8, u8)) {
    id += 1;
}
/// The worker of [`process()`](fn@process): dispatch to it through `process::pool()`.
#[allow(non_camel_case_types, reason = "it has the name of its function")]
struct process {}
#[automatically_derived]
impl ::traced_worker::__private::Worker for process {
    type Message = (Job, bool, (&'static u8, u8));
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
                .field(
                    "id",
                    (&&&::traced_worker::__private::value::Probe(&(id))).__value(),
                );
            __span
                .field(
                    "name",
                    (&&&::traced_worker::__private::value::Probe(&(name))).__value(),
                );
        }
        __function(__argument_0, __argument_1, __argument_2)
    }
}
impl process {
    /// A pool of threads that run this worker, to be set up and started.
    fn pool() -> ::traced_worker::__private::PoolBuilder<Self> {
        ::traced_worker::__private::PoolBuilder::new()
    }
}
