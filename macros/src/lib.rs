//! The [`#[traced_worker]`](macro@traced_worker) attribute of the crate `traced-worker`.
//!
//! Use it through that crate, which re-exports it: the generated code names it.

mod args;
mod clippy;
mod diag;
mod expand;
mod fallback;
mod item;
mod model;

use proc_macro::TokenStream;

/// Turns a function into a worker.
///
/// ```text
/// #[traced_worker(name = "worker_process", fields(job.id = job.id))]
/// fn process(job: Job) -> Result<Digest, HashError> { /* ordinary code */ }
///
/// let pool = process::pool().threads(4).queue_capacity(1024).start()?;
/// let handle = pool.dispatch(Job::new(7))?;
/// ```
///
/// The function stays a function: `process(job)` calls it directly, without a span. The attribute
/// adds a type with the name and the visibility of the function. The type implements `Worker`, and
/// `process::pool()` returns a builder for a pool of threads that run the worker. Each message that
/// is dispatched to the pool runs under the context of its dispatch, in a span of its own.
///
/// The message is the argument of the function: `()` for no parameter, a tuple for several. The
/// message and the output cross threads, so they must be `Send + 'static`.
///
/// # Arguments
///
/// All arguments are optional.
///
/// | argument | sets | default |
/// | --- | --- | --- |
/// | `name = "text"` | the name of the worker, of its spans and of its threads | the function's name |
/// | `kind = consumer` | the kind of the span: `internal`, `server`, `client`, `producer` or `consumer` | `internal` |
/// | `relation = link` | the relation of the worker span to the dispatch span, see below: `child`, `link` or `root` | `child` |
/// | `caller = "text"` | the name of the span that `Pool::call` opens around dispatch and reply | `call` and the worker's name |
/// | `fields(..)` | the attributes of the worker span, see below | none |
/// | `err`, `err(Debug)`, `err(Display)` | the text that is recorded of an `Err`, see below | `err` |
/// | `err(None)` | that the `None` of an `Option` is an error, see below | `None` is an ordinary value |
/// | `err = false` | that an `Err` is an ordinary value | |
/// | `ret`, `ret(Debug)`, `ret(Display)` | that the returned value is recorded as `return`, see below | it is not recorded |
/// | `batch = 64` | the maximum number of messages that the function takes at once, see below | one at a time |
/// | `linger = "5ms"` | the time that a batch waits for more messages: a whole number and `ns`, `us`, `ms` or `s` | it does not wait |
/// | `tracing`, `tracing(detached)` | that the worker span is a span of the crate `tracing`, see below | it is one of OpenTelemetry's |
/// | `level = "debug"` | the level of a `tracing` span, as `#[instrument]` takes it | `info` |
/// | `target = "jobs"` | the target of a `tracing` span | the path of the module |
/// | `worker = ProcessWorker` | the name of the type | the function's name |
/// | `crate = path` | the path to the crate `traced-worker` | `::traced_worker` |
///
/// `worker = ..` is for a function whose name a type, a module or an import has already. The compiler
/// then reports that the name is defined multiple times.
///
/// # Fields
///
/// No argument of the function is recorded unless `fields(..)` names it.
///
/// | field | key | value |
/// | --- | --- | --- |
/// | `job.id = job.number` | `job.id` | the expression, recorded natively |
/// | `"any text" = job.number` | `any text` | the same |
/// | `path = %job.path` | `path` | the expression, formatted with `Display` |
/// | `path = ?job.path` | `path` | the expression, formatted with `Debug` |
/// | `job.id` | `job.id` | `job.id`, recorded natively |
/// | `%job.id`, `?job.id` | `job.id` | `job.id`, formatted with `Display` or `Debug` |
/// | `result = Empty` | `result` | none yet: the function sets it |
///
/// Without a sigil, numbers, `bool`, `char`, strings and OpenTelemetry's own values are recorded
/// natively, behind any number of references. So is any type that is `Clone + Into<Value>`. An integer
/// that an `i64` cannot hold is recorded in decimal, as text.
///
/// The expressions see the parameters by their names, as the body does, and the state as a shared
/// reference. They cannot move them. The parts of a destructured parameter are references. The
/// expressions are evaluated on the worker's thread before the function runs, and only if the span
/// records.
///
/// A field never decides whether the worker runs. No `return`, `?`, `break` or `.await` leaves an
/// expression. If an expression panics, the field has a text that says so, and the function runs.
///
/// `Empty` declares a field that the function sets on the current span when it has the value:
/// `Context::current().span().set_attribute(KeyValue::new("result", result))`.
///
/// Keys that the runtime sets cannot be fields: `thread.id`, `thread.name`, `error.type`,
/// `messaging.batch.message_count`, and those that begin with `code.`, `exception.` or
/// `traced_worker.`.
///
/// A key has one value. If the function sets a field again on the current span, its last value is
/// recorded. If it sets a key that the runtime has set, the runtime's value stays, except for
/// `error.type`, see below.
///
/// A field is not a use of a parameter: the compiler warns of a parameter that only a field names,
/// unless it begins with an underscore, as in `fields(id = _id)`.
///
/// # Errors and return values
///
/// A `Result` is recognised by its type, so an alias of it works. So is a `Result` in an `Option`, and
/// a `Poll` of either. An `Err` sets the status of the span to Error, with the best text that the error
/// has. `err(Debug)` and `err(Display)` choose. The value itself reaches the caller unchanged.
///
/// | type of the error | text |
/// | --- | --- |
/// | `Error`, also in a `Box<dyn Error>` | the error and its causes: `outer: inner: root` |
/// | `Display` | `{:#}`, in which `anyhow` and `eyre` have the causes |
/// | `Debug` | `{:?}` |
/// | any other | none |
///
/// A cause is left out if the text already ends with it, and after 32 causes. `err(Display)` records
/// `{}`, without causes.
///
/// These are ordinary values, not errors:
///
/// - An output whose type is a type parameter, as in `fn run<T>(..) -> T`, even where `T` is a
///   `Result`; also in an `Option` or a `Poll`. Write the `Result` in the signature:
///   `-> Result<T, E>`.
/// - The `Err` of a `Result` in the `Ok` of another.
/// - A `ControlFlow::Break`, which often is a success.
///
/// `error.type` is the name of the error's type. A function that sets `error.type` on the current span
/// chooses another: its last value is recorded, and not the name of the type.
///
/// `err(None)` is for a function that returns an `Option`. Its `None` sets the status to Error.
///
/// `ret` records the returned value, and of a `Result` the value in the `Ok`: natively if its type
/// allows that, else formatted with `Display`, else with `Debug`. `ret(Debug)` and `ret(Display)`
/// choose.
///
/// # Long texts
///
/// A text on a worker span has at most 4 KiB, so that one long error does not make a collector refuse
/// the spans that are exported with it. A stack trace has at most 16 KiB, an array 2,048 elements and
/// 16 KiB of text. This holds for errors, panics, fields, `ret`, and for what the function sets on the
/// span itself. A longer text is cut, and ends with `…`. The attribute `traced_worker.truncated` lists
/// the keys of what was cut; the description of the status has the key `otel.status_description`.
/// Formatting stops at the limit, so a longer text is not built. The caller gets its error, panic or
/// value whole.
///
/// `OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT`, or else `OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT`, lowers the
/// limit to a number of characters. They are read once in a process.
///
/// # The relation to the dispatch span
///
/// | `relation` | the worker span |
/// | --- | --- |
/// | `child` | is a child of the dispatch span, in its trace |
/// | `link` | begins a new trace, and links to the dispatch span |
/// | `root` | begins a new trace, with no link to the dispatch span |
///
/// `Pool::with_relation` overrides it for one dispatch.
///
/// # Spans of `tracing`
///
/// ```text
/// #[traced_worker(tracing, fields(n = n), err)]
/// fn fib(n: u64) -> Result<u64, Overflow> {
///     tracing::info!("in fib");
///     /* .. */
/// }
/// ```
///
/// With `tracing` (feature `tracing` of `traced-worker`) the worker span is a span of the crate
/// `tracing`, of a call site of its own, and is entered while the function runs. Its OpenTelemetry
/// span is that of the layer of `tracing-opentelemetry`, if the subscriber has one: there are never
/// two spans for one run. So `info!` lands on the worker span, `Span::current()` is the worker span,
/// and a log line shows the spans of the caller: `INFO handler{n=3}:fib{n=3}: in fib`.
///
/// | | the worker span |
/// | --- | --- |
/// | the parent, in `tracing` | the caller's span, if it is one of the worker's subscriber. Its end does not move; it is exported when the job has ended |
/// | the parent, in OpenTelemetry | the current span of OpenTelemetry's context at the dispatch, or else that of the caller's `tracing` span |
/// | `tracing(detached)` | has no parent in `tracing`, and the same in OpenTelemetry: for jobs that outlive their caller by long. The caller's span is exported at once |
/// | `relation = link`, `relation = root`, a batch | has no parent in either |
/// | `fields(..)` | are fields of the span; those that are `Empty` are set by `Span::current().record(..)` |
/// | an `Err` | sets the status of the OpenTelemetry span; with `err` it is an event of level `ERROR` with the field `error`, too |
/// | `ret` | is an event with the field `return`, at the level of the span |
/// | a filter that disables it | leaves events to the caller's span, which is entered in its place |
///
/// Without a subscriber, or with one that has no layer of `tracing-opentelemetry`, the context of the
/// dispatch is current in the function all the same.
///
/// Bounds of texts hold for fields and for the events of `err` and `ret`, not for the function's own
/// events. The provider of `PoolBuilder::tracer_provider` starts no worker span: the layer has its
/// own.
///
/// `#[instrument]` beside `#[traced_worker]` is another thing: the span of the function, in direct
/// calls too. It is a child of the worker span.
///
/// # State
///
/// ```text
/// #[traced_worker]
/// fn process(#[state] db: &mut Connection, job: Job) -> Result<Digest, HashError> { /* .. */ }
///
/// let pool = process::pool(|| Connection::new()).start()?;
/// ```
///
/// The first parameter, under `#[state]`, borrows the state of the thread. `pool` takes the closure
/// that makes it, and `try_pool` one that returns a `Result`. Each thread makes its own state, keeps it
/// from message to message, and drops it. So the state need not be `Send`. It is not part of the
/// message, and a direct call passes it like any argument: `process(&mut db, job)`.
///
/// # Batches
///
/// ```text
/// #[traced_worker(batch = 64, linger = "5ms")]
/// fn store(rows: Vec<Row>) -> Result<(), StoreError> { /* .. */ }
///
/// let handle = store::pool().start()?.dispatch(row)?;
/// ```
///
/// Messages are dispatched one by one, each with its own handle. The function gets up to 64 queued
/// messages in one `Vec`, under one span, which links to the context of each message. The current
/// context has no baggage: the messages may come from different callers.
///
/// - If the function returns a `Vec`, it holds one output for each message, in their order, and each
///   handle gets its own. Any other number of outputs is an error that each handle gets. `ret` is not
///   possible then.
/// - Any other value is the output of all of them: each handle gets it in an `Arc`, so it must be
///   `Sync` too.
///
/// `Vec` is recognised by its name in the source: an alias of it does not work.
///
/// # Async workers
///
/// ```text
/// #[traced_worker(fields(url = %url))]
/// async fn fetch(url: Url) -> Result<Page, Error> { /* .. */ }
///
/// let pool = fetch::pool().concurrency(64).queue_capacity(1024).start()?;
/// let page = pool.dispatch_async(url).await?.await??;
/// ```
///
/// With the feature `tokio` the function may be an `async fn`. `fetch::pool()` returns a
/// `TaskPoolBuilder` then: the pool has tasks on a Tokio runtime in place of threads, on the current
/// runtime unless `runtime(&handle)` gives another. The methods of `Pool` are the same.
///
/// The worker span is current whenever the future is polled or dropped, and at no other time: other
/// tasks on the same thread never see it. It ends with the future: with its output, an error, a panic,
/// or when it is dropped before that. A job that runs can be cancelled: `JoinHandle::cancel` drops its
/// future at its await point. Its span then has the attribute `traced_worker.outcome` = `cancelled`,
/// and no error.
///
/// The future must be `Send`, because it moves between the threads of the runtime: what it holds
/// across an `.await` must be, too. The function stays a plain async function: `fetch(url).await` calls
/// it directly, without a span.
///
/// An async worker has no `#[state]`, because several of its messages run on one thread: put what they
/// share into the message, as an `Arc<State>`. It has no `batch`.
///
/// # Supported functions
///
/// A worker can be any free function that is safe, and `async` with the feature `tokio`: generic over types and constants,
/// inside of another function, made by a `macro_rules!`, with `mut` parameters or patterns, with any
/// attribute. `#[cfg]`, `#[allow]`, `#[deprecated]` and options of `#[doc]` apply to the type too.
///
/// A type parameter must be `'static`, even if the function does not require it.
///
/// A worker cannot be
///
/// - a method, or any other function in an `impl` or a `trait`. (One without `self` and `Self` looks
///   like a free function to the attribute; the compiler then reports that a struct is not supported
///   there.) Write a free function that calls it.
/// - `const`, `unsafe`, `extern` or variadic; `async` without the feature `tokio`.
/// - a function that takes or returns `impl Trait` or borrowed data: a reference that is not
///   `&'static` or the state's, or a lifetime parameter. A message crosses threads, so it must own its
///   data.
/// - a function that never returns: `-> !`.
///
/// All errors in the arguments and the function are reported at once, each at its token. The function
/// is kept in any case, and the worker too if only arguments are wrong.
///
/// # Generated code
///
/// ```text
/// fn process(job: Job) -> Result<Digest, HashError> { /* ordinary code */ }
///
/// struct process {}
///
/// impl Worker for process {
///     type Message = Job;
///     type Output = Result<Digest, HashError>;
///     type State = ();
///     const METADATA: &'static Metadata = /* name, kind, function, file, line */;
/// }
///
/// impl SyncWorker for process {
///     fn run(job: Job, _: &mut (), span: &WorkerSpan<'_>) -> Result<Digest, HashError> {
///         if span.is_recording() {
///             span.record("job.id", || /* the value of job.id */);
///         }
///         process(job)
///     }
/// }
///
/// impl process {
///     fn pool() -> PoolBuilder<Self> { /* .. */ }
/// }
/// ```
///
/// It has no `#[allow]`, and compiles in a crate that forbids any lint. Under Clippy the function looks
/// generated, so that no lint asks it to borrow its message. An unused worker is reported by
/// `cargo check`, not by `cargo clippy`.
#[proc_macro_attribute]
pub fn traced_worker(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::attribute(args.into(), item.into()).into()
}

/// Exempts a worker's function from some lints of Clippy. [`macro@traced_worker`] writes it, for
/// Clippy only.
#[doc(hidden)]
#[proc_macro_attribute]
pub fn exempt_from_clippy(_: TokenStream, item: TokenStream) -> TokenStream {
    clippy::exempt(item.into()).into()
}

/// Emits the code that [`macro@traced_worker`] generated for a deprecated function.
#[doc(hidden)]
#[proc_macro_derive(DeprecatedWorker, attributes(__deprecated_worker))]
pub fn deprecated_worker(item: TokenStream) -> TokenStream {
    expand::derive_deprecated(item.into()).into()
}
