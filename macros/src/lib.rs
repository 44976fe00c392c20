//! The [`#[traced_worker]`](macro@traced_worker) attribute.
//!
//! Use it through the crate `traced-worker`, which re-exports it, and whose documentation has
//! examples that run: what the attribute generates names that crate.

mod args;
mod diag;
mod expand;
mod fallback;
mod item;
mod model;

use proc_macro::TokenStream;

/// Makes a worker of a function.
///
/// ```text
/// #[traced_worker(name = "worker_process", fields(job.id = job.id))]
/// fn process(job: Job) -> Result<Digest, HashError> { /* ordinary code */ }
///
/// let pool = process::pool().threads(4).queue(1024).start()?;
/// let handle = pool.dispatch(Job::new(7))?;
/// ```
///
/// The function stays as it is: `process(job)` calls it, without a span. Beside it the attribute
/// puts a type of the same name, as visible as the function, which implements `Worker`, and whose
/// `process::pool()` sets up a pool of threads. Each message that is dispatched there is run under
/// the context of its dispatch, in a span of its own.
///
/// The message is the function's argument: `()` for no parameter, a tuple for several. Message and
/// output cross threads, so they must be `Send + 'static`.
///
/// # Arguments
///
/// All of them may be left out.
///
/// | argument | what it says | without it |
/// | --- | --- | --- |
/// | `name = "text"` | the name of the worker, of its spans and of its threads | the function's name |
/// | `kind = consumer` | the kind of the span: `internal`, `server`, `client`, `producer` or `consumer` | `internal` |
/// | `parent = link` | the span's place in the traces, see below: `child`, `link` or `root` | `child` |
/// | `caller = "text"` | the name of the span that `Pool::call` opens around dispatch and reply | `call`, and the name of the worker |
/// | `fields(..)` | what to record on the span of the message, see below | nothing |
/// | `err`, `err(Debug)`, `err(Display)` | how the error of an `Err` is recorded, see below | `err` |
/// | `err(None)` | the `None` of an `Option` is an error, see below | it is an ordinary value |
/// | `err = false` | an `Err` is an ordinary value | |
/// | `ret`, `ret(Debug)`, `ret(Display)` | the value that is returned is recorded as `return`, see below | it is not |
/// | `batch = 64` | the function takes up to so many messages at once, see below | one at a time |
/// | `linger = "5ms"` | how long a batch waits for more messages: a whole number and `ns`, `us`, `ms` or `s` | it does not wait |
/// | `crate = path` | where the crate `traced-worker` is, if not at `::traced_worker` | `::traced_worker` |
///
/// # Fields
///
/// No argument of the function is recorded unless `fields(..)` names it.
///
/// | field | key | value |
/// | --- | --- | --- |
/// | `job.id = job.number` | `job.id` | the expression as what it is |
/// | `"any text" = job.number` | `any text` | the same |
/// | `path = %job.path` | `path` | the expression by its `Display` |
/// | `path = ?job.path` | `path` | the expression by its `Debug` |
/// | `job.id` | `job.id` | `job.id`, as what it is |
/// | `%job.id`, `?job.id` | `job.id` | `job.id`, by its `Display` or its `Debug` |
/// | `result = Empty` | `result` | none yet: the function sets it |
///
/// As what they are, integers, floats, `bool`, `char`, strings and OpenTelemetry's own values are
/// recorded, behind any number of references, and so is whatever is `Clone + Into<Value>`. An
/// integer that an `i64` cannot hold is recorded in decimal, as text.
///
/// The expressions see the parameters by their names, as the body does, but cannot move them; the
/// parts of a destructured parameter are references. They are evaluated on the worker's thread,
/// before the body runs, and only if the span records.
///
/// The state is seen as well, as a shared reference.
///
/// `Empty` says that the function sets the field when it knows it, through the span that is current
/// while it runs: `Context::current().span().set_attribute(KeyValue::new("result", result))`.
///
/// A field is no use of a parameter by the function: the compiler warns of a parameter that only a
/// field names, unless it begins with an underscore, as in `fields(id = _id)`.
///
/// # Errors and return values
///
/// A `Result` is recognised by its type, so an alias of it will do. An `Err` gives the span the
/// status Error, with the best text that the error has: that of `Error`, else of `Display`, else of
/// `Debug`, else none. `err(Debug)` and `err(Display)` choose. The value itself reaches the caller
/// unchanged.
///
/// `err(None)` is for a function that returns an `Option`: its `None` gives the span the status
/// Error.
///
/// `ret` records the value, or of a `Result` what is in the `Ok`: as what it is if that is known,
/// else by its `Display`, else by its `Debug`. `ret(Debug)` and `ret(Display)` choose.
///
/// # The parent of the span
///
/// | `parent` | the worker span |
/// | --- | --- |
/// | `child` | is a child of the dispatch span, in its trace |
/// | `link` | begins a trace of its own, and links to the dispatch span |
/// | `root` | begins a trace of its own, and nothing leads back |
///
/// A dispatch may choose otherwise for its message.
///
/// # State
///
/// ```text
/// #[traced_worker]
/// fn process(#[state] db: &mut Connection, job: Job) -> Result<Digest, HashError> { /* .. */ }
///
/// let pool = process::pool().state(|| Connection::new()).start()?;
/// ```
///
/// The first parameter, under `#[state]`, lends the function what its thread has for itself. The
/// pool cannot start before it is told how to make one; each thread makes its own, keeps it from
/// message to message, and drops it. So it need not be `Send`. It is no part of the message, and a
/// direct call gives it like any argument: `process(&mut db, job)`.
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
/// Messages are dispatched one by one, each with a handle of its own, and the function gets up to 64
/// that are queued, in one `Vec`, under one span, which links to the context of each message.
///
/// - A function that returns a `Vec` returns one output for each message, in their order: each
///   handle gets its own. Another number of outputs is an error that each handle gets. There is no
///   `ret` then.
/// - What any other function returns is for all of them: each handle gets it in an `Arc`, so it must
///   be `Sync` as well.
///
/// `Vec` is recognised by how it is written: an alias of it will not do.
///
/// # What the function may be
///
/// Any free function that is safe and not `async`: generic over types and constants, inside of
/// another function, made by a `macro_rules!`, with `mut` parameters or patterns, with any
/// attribute. `#[cfg]`, `#[allow]`, `#[deprecated]` and options of `#[doc]` hold for the type as
/// well.
///
/// A type parameter has to be `'static`, whether the function says so or not.
///
/// It cannot be
///
/// - a method, or any other function in an `impl` or a `trait`. (One without `self` and `Self` looks
///   like a free function to the attribute; the compiler then says that a struct is not supported
///   there.) Write a free function that calls it.
/// - `async`, `const`, `unsafe`, `extern` or variadic.
/// - a function that takes or returns `impl Trait` or what borrows: any reference that is not
///   `&'static` or the state's, any lifetime parameter. A message crosses threads, so it must own its data.
/// - a function that never returns: `-> !`.
///
/// What is wrong with the arguments or the function is said all at once, each at its place. The
/// function is there all the same, and so is the worker where only arguments are wrong.
///
/// # What is generated
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
///     const DESCRIPTION: &'static Description = /* name, kind, function, file, line */;
///
///     fn run(job: Job, _: &mut (), span: &WorkerSpan<'_>) -> Result<Digest, HashError> {
///         if span.is_recording() {
///             span.field("job.id", /* the value of job.id */);
///         }
///         process(job)
///     }
/// }
///
/// impl process {
///     fn pool() -> PoolBuilder<Self> { /* .. */ }
/// }
/// ```
#[proc_macro_attribute]
pub fn traced_worker(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::attribute(args.into(), item.into()).into()
}
