//! Every entry point works, or returns an error, in a destructor of a thread's locals and while a
//! thread unwinds. In a child process for each, because what fails there aborts the process.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::cell::RefCell;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use opentelemetry::{Context, global};
use traced_worker::{
    BoundContext, Carrier, JoinHandle, Pool, Shutdown, Traced, bind, bind_future_in_span,
    bind_in_span, channel, traced_worker,
};
use traced_worker_tests::{HANGS, Recorder};
use tracing::info_span;
use tracing_subscriber::layer::SubscriberExt as _;

#[traced_worker]
fn work(number: u32) -> u32 {
    number + 1
}

static POOL: OnceLock<Pool<work>> = OnceLock::new();

fn pool() -> &'static Pool<work> {
    POOL.get_or_init(|| work::pool().threads(1).start().unwrap())
}

/// Bound on the main thread, in a `tracing` span if there is a subscriber.
static BOUND: OnceLock<BoundContext> = OnceLock::new();

/// An entry point, by name.
type Entry = (&'static str, fn());

fn reply(handle: JoinHandle<u32>) {
    assert_eq!(handle.wait().unwrap(), 8);
}

const ENTRIES: [Entry; 30] = [
    ("dispatch", || reply(pool().dispatch(7).unwrap())),
    ("try_dispatch", || reply(pool().try_dispatch(7).unwrap())),
    ("dispatch_timeout", || {
        reply(pool().dispatch_timeout(7, HANGS).unwrap());
    }),
    ("dispatch_async", || {
        let handle = block_on_here(pool().dispatch_async(7)).unwrap();
        assert_eq!(block_on_here(handle).unwrap(), 8);
    }),
    ("dispatch_all", || {
        for handle in pool().dispatch_all([7]).unwrap() {
            reply(handle);
        }
    }),
    ("dispatch_traced", || {
        let traced = Traced::from_parts(7, Carrier::default());
        reply(pool().dispatch_traced(traced).unwrap());
    }),
    ("with_context", || {
        let context = Context::new();
        reply(pool().with_context(&context).dispatch(7).unwrap());
    }),
    ("send", || pool().send(7).unwrap()),
    ("try_send", || pool().try_send(7).unwrap()),
    ("send_timeout", || pool().send_timeout(7, HANGS).unwrap()),
    ("send_async", || {
        block_on_here(pool().send_async(7)).unwrap();
    }),
    ("call", || assert_eq!(pool().call(7).unwrap(), 8)),
    ("call_timeout", || {
        assert_eq!(pool().call_timeout(7, HANGS).unwrap(), 8);
    }),
    ("call_async", || {
        assert_eq!(block_on_here(Box::pin(pool().call_async(7))).unwrap(), 8);
    }),
    ("wait_timeout", || {
        let handle = pool().dispatch(7).unwrap();
        assert_eq!(handle.wait_timeout(HANGS).unwrap().unwrap(), 8);
    }),
    ("cancel", || {
        let _ = pool().dispatch(7).unwrap().cancel();
    }),
    ("stats", || assert_eq!(pool().stats().panicked, 0)),
    ("shutdown", || {
        pool().send(7).unwrap();
        assert!(pool().shutdown(HANGS).is_clean());
    }),
    ("program_shutdown", || {
        pool().send(7).unwrap();
        let shutdown = Shutdown::builder().pool(pool()).before(|_| ()).build();
        assert!(shutdown.run().is_clean());
        assert!(shutdown.wait().is_clean());
    }),
    ("start", || {
        let started = work::pool().threads(1).start().unwrap();
        reply(started.dispatch(7).unwrap());
    }),
    ("start_with_backtraces", || {
        let started = work::pool().threads(1).panic_backtraces().start();
        reply(started.unwrap().dispatch(7).unwrap());
    }),
    ("carrier", || drop(Carrier::current())),
    ("carrier_run", || {
        assert_eq!(Carrier::default().run(|| 7), 7);
    }),
    ("bound", || assert_eq!(BOUND.get().unwrap().run(|| 7), 7)),
    ("bind", || assert_eq!(bind(|| 7)(), 7)),
    ("bind_future", || {
        let future = BOUND.get().unwrap().clone().bind_future(async { 7 });
        assert_eq!(block_on_here(Box::pin(future)), 7);
    }),
    ("bind_in_span", || {
        assert_eq!(bind_in_span("entry", || 7)(), 7);
    }),
    ("bind_future_in_span", || {
        let future = bind_future_in_span("entry", async { 7 });
        assert_eq!(block_on_here(Box::pin(future)), 7);
    }),
    ("traced", || assert_eq!(Traced::new(7).into_message(), 7)),
    ("channel", || {
        let (sender, receiver) = channel::bounded(1);
        sender.send(7).unwrap();
        assert_eq!(receiver.recv().unwrap().into_message(), 7);
    }),
];

/// Polls in a loop: an executor may need locals of the thread.
fn block_on_here<F: Future + Unpin>(mut future: F) -> F::Output {
    use std::pin::Pin;
    use std::task::{Context, Poll, Waker};
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = Pin::new(&mut future).poll(&mut context) {
            return output;
        }
        thread::yield_now();
    }
}

/// Calls an entry point when it is dropped.
struct CallsWhenDropped(fn());

impl Drop for CallsWhenDropped {
    fn drop(&mut self) {
        (self.0)();
        print("done");
    }
}

/// Prints although the thread's locals are gone.
fn print(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

thread_local! {
    static CALLS: RefCell<Option<CallsWhenDropped>> = const { RefCell::new(None) };
}

/// When the entry point is called.
const TIMES: [&str; 4] = ["first", "last", "unwinding", "unused"];

/// The subscribers of `tracing`: none, one whose spans activate their contexts, one whose do not.
const SUBSCRIBERS: [&str; 3] = ["none", "activating", "inactive"];

fn install(subscriber: &str) {
    if subscriber != "none" {
        let recorder = Recorder::new();
        let spans = tracing_opentelemetry::layer()
            .with_tracer(recorder.tracer())
            .with_context_activation(subscriber == "activating");
        let registry = tracing_subscriber::registry().with(spans);
        tracing::subscriber::set_global_default(registry).unwrap();
        global::set_tracer_provider(recorder.provider().clone());
    }
}

fn call_at(time: &str, entry: fn()) {
    let set = move || CALLS.set(Some(CallsWhenDropped(entry)));
    // Makes the locals that OpenTelemetry, this library and the pool keep on a thread.
    let use_pool = || {
        let _span = info_span!("thread").entered();
        let _guard = Context::new().attach();
        reply(pool().dispatch(7).unwrap());
    };
    pool();
    info_span!("main").in_scope(|| BOUND.get_or_init(BoundContext::current));
    let thread = thread::spawn({
        let time = time.to_owned();
        move || match &*time {
            // Locals are dropped in the order of their making, or in the reverse order.
            "first" => {
                set();
                use_pool();
            }
            "last" => {
                use_pool();
                set();
            }
            // No local but this one was made.
            "unused" => set(),
            _ => {
                let _calls = CallsWhenDropped(entry);
                panic!("deliberate");
            }
        }
    });
    assert_eq!(thread.join().is_err(), time == "unwinding");
}

const CHILD: &str = "TRACED_WORKER_TEST_CHILD";

/// The name of the test, for the child process.
const NAME: &str = "every_entry_point_works_where_a_thread_ends";

#[test]
fn every_entry_point_works_where_a_thread_ends() {
    if let Ok(child) = std::env::var(CHILD) {
        let (subscriber, case) = child.split_once(' ').unwrap();
        let (time, name) = case.split_once(' ').unwrap();
        install(subscriber);
        let entry = ENTRIES.iter().find(|entry| entry.0 == name).unwrap();
        return call_at(time, entry.1);
    }
    let failures: Vec<_> = ENTRIES
        .iter()
        .flat_map(|(name, _)| TIMES.map(|time| format!("{time} {name}")))
        .flat_map(|case| SUBSCRIBERS.map(|subscriber| format!("{subscriber} {case}")))
        .filter_map(|case| failure(&case).map(|failure| format!("{case}: {failure}")))
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Runs a case in a child process, and returns how it failed.
fn failure(case: &str) -> Option<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([NAME, "--exact", "--nocapture", "--test-threads=1"])
        .env(CHILD, case)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let start = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if start.elapsed() > HANGS {
            child.kill().unwrap();
            return Some("it hangs".to_owned());
        }
        thread::sleep(Duration::from_millis(1));
    }
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let is_done = text.lines().any(|line| line.ends_with("done"));
    if output.status.success() && is_done {
        return None;
    }
    let error = String::from_utf8_lossy(&output.stderr);
    Some(format!("{}\n{error}", output.status))
}

/// A thread of a pool ends, too: its locals may shut its own pool down.
#[test]
fn a_local_of_a_pools_own_thread_may_shut_the_pool_down() {
    thread_local! {
        static OWN: RefCell<Option<ShutsDown>> = const { RefCell::new(None) };
    }

    struct ShutsDown(Pool<keep>, std::sync::mpsc::Sender<bool>);

    impl Drop for ShutsDown {
        fn drop(&mut self) {
            let report = self.0.shutdown(HANGS);
            let _ = self.1.send(report.repeated);
        }
    }

    #[traced_worker]
    fn keep(kept: ShutsDown) {
        OWN.set(Some(kept));
    }

    let (sender, repeated) = std::sync::mpsc::channel();
    let pool = keep::pool().threads(1).start().unwrap();
    let kept = ShutsDown(pool.clone(), sender);
    pool.dispatch(kept).unwrap().wait().unwrap();
    let (report, reported) = std::sync::mpsc::channel();
    thread::spawn(move || report.send(pool.shutdown(Duration::MAX)));
    let report = reported.recv_timeout(HANGS).expect("it ends");
    assert_eq!(report.completed, 1);
    assert!(repeated.recv_timeout(HANGS).expect("it ends"));
}
