//! Futures: the context is current at each poll and while the future is dropped, at no other time.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::mpsc;
use std::task::{self, Poll, Waker};
use std::thread;

use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::{Context, KeyValue};
use tokio::sync::oneshot;
use tokio::task::{JoinSet, LocalSet};
use traced_worker::{BoundFuture, bind, bind_future};
use traced_worker_tests::{HANGS, latch};

/// Binds a future to a context whose baggage has the tenant.
fn bind_to<F: Future>(tenant: &'static str, future: F) -> BoundFuture<F> {
    let context = Context::new().with_baggage([KeyValue::new("tenant", tenant)]);
    let _guard = context.attach();
    bind_future(future)
}

fn tenant() -> Option<String> {
    let context = Context::current();
    context.baggage().get("tenant").map(ToString::to_string)
}

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut task::Context::from_waker(Waker::noop()))
}

/// Sends the tenant that is current when it is dropped.
struct SendsTenant(mpsc::Sender<Option<String>>);

impl Drop for SendsTenant {
    fn drop(&mut self) {
        self.0.send(tenant()).unwrap();
    }
}

#[test]
fn the_context_is_current_at_each_poll_and_at_no_other_time() {
    let seen = Rc::new(RefCell::new(Vec::new()));
    let mut bound = pin!(bind_to("blue", async {
        for _ in 0..3 {
            seen.borrow_mut().push(tenant());
            tokio::task::yield_now().await;
        }
    }));
    // Outside of a runtime, `yield_now` wakes at once and is pending once.
    for polls in 1..=3 {
        assert!(poll(bound.as_mut()).is_pending());
        assert_eq!(seen.borrow().len(), polls);
        assert_eq!(tenant(), None);
    }
    assert!(poll(bound.as_mut()).is_ready());
    assert!(seen.borrow().iter().all(|it| it.as_deref() == Some("blue")));
}

#[test]
fn two_tasks_of_one_thread_do_not_see_each_other() {
    let seen = Rc::new(RefCell::new(Vec::new()));
    let task = |name| {
        let seen = Rc::clone(&seen);
        Box::pin(bind_to(name, async move {
            for _ in 0..4 {
                seen.borrow_mut().push((name, tenant()));
                tokio::task::yield_now().await;
            }
        }))
    };
    let (mut blue, mut green) = (task("blue"), task("green"));
    for _ in 0..4 {
        assert!(poll(blue.as_mut()).is_pending());
        assert!(poll(green.as_mut()).is_pending());
    }
    let seen = seen.borrow();
    assert_eq!(seen.len(), 8);
    assert!(
        seen.iter()
            .all(|(name, tenant)| tenant.as_deref() == Some(*name))
    );
}

#[test]
fn the_future_is_dropped_under_the_context() {
    for polls in 0..=2 {
        let (sender, receiver) = mpsc::channel();
        let sends = SendsTenant(sender);
        let mut bound = Box::pin(bind_to("blue", async move {
            let _sends = sends;
            tokio::task::yield_now().await;
        }));
        for _ in 0..polls {
            let _ = poll(bound.as_mut());
        }
        let _guard = Context::new()
            .with_baggage([KeyValue::new("tenant", "dropper")])
            .attach();
        drop(bound);
        assert_eq!(tenant().as_deref(), Some("dropper"), "{polls} polls");
        assert_eq!(
            receiver.recv().unwrap().as_deref(),
            Some("blue"),
            "{polls} polls"
        );
    }
}

#[test]
fn a_panic_of_a_poll_leaves_nothing_and_the_future_is_dropped_under_the_context() {
    let (sender, receiver) = mpsc::channel();
    let mut bound = Box::pin(bind_to("blue", async move {
        let _sends = SendsTenant(sender);
        assert!(tenant().is_none(), "deliberate");
    }));
    assert!(catch_unwind(AssertUnwindSafe(|| poll(bound.as_mut()))).is_err());
    assert_eq!(tenant(), None);
    drop(bound);
    assert_eq!(receiver.recv().unwrap().as_deref(), Some("blue"));
}

#[test]
fn a_panic_of_a_drop_leaves_nothing() {
    struct Panics;
    impl Drop for Panics {
        fn drop(&mut self) {
            assert!(tenant().is_none(), "deliberate");
        }
    }
    let mut bound = Box::pin(bind_to("blue", async {
        let _panics = Panics;
        std::future::pending::<()>().await;
    }));
    assert!(poll(bound.as_mut()).is_pending());
    assert!(catch_unwind(AssertUnwindSafe(|| drop(bound))).is_err());
    assert_eq!(tenant(), None);
}

#[test]
fn the_context_follows_the_future_to_other_threads() {
    let mut bound = Box::pin(bind_to("blue", async {
        let first = tenant();
        tokio::task::yield_now().await;
        (first, tenant())
    }));
    let bound = thread::spawn(move || {
        assert!(poll(bound.as_mut()).is_pending());
        bound
    });
    let mut bound = bound.join().unwrap();
    let Poll::Ready(seen) = poll(bound.as_mut()) else {
        panic!("it is ready at the second poll");
    };
    assert_eq!(seen, (Some("blue".to_owned()), Some("blue".to_owned())));
}

type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Starts a task that never completes, and cancels it once it has begun.
type Cancel = fn(task: Task, begun: oneshot::Receiver<()>) -> Pin<Box<dyn Future<Output = ()>>>;

const CANCELLATIONS: [(&str, Cancel); 5] = [
    ("JoinHandle::abort", |task, begun| {
        Box::pin(async {
            let task = tokio::spawn(task);
            begun.await.unwrap();
            task.abort();
            assert!(task.await.unwrap_err().is_cancelled());
        })
    }),
    ("JoinSet::abort_all", |task, begun| {
        Box::pin(async {
            let mut tasks = JoinSet::new();
            tasks.spawn(task);
            begun.await.unwrap();
            tasks.abort_all();
            let ended = tasks.join_next().await.unwrap();
            assert!(ended.unwrap_err().is_cancelled());
        })
    }),
    ("a JoinSet that is dropped", |task, begun| {
        Box::pin(async {
            let mut tasks = JoinSet::new();
            tasks.spawn(task);
            begun.await.unwrap();
        })
    }),
    ("a LocalSet that is dropped", |task, begun| {
        Box::pin(async {
            let tasks = LocalSet::new();
            tasks.spawn_local(task);
            tasks.run_until(begun).await.unwrap();
        })
    }),
    ("another branch of a select", |task, begun| {
        Box::pin(async {
            tokio::select! {
                () = task => panic!("it never completes"),
                begun = begun => begun.unwrap(),
            }
        })
    }),
];

#[test]
fn a_cancelled_future_is_dropped_under_its_context_and_leaves_nothing_for_the_next_one() {
    for is_multi_thread in [false, true] {
        for (name, cancel) in CANCELLATIONS {
            println!("{name}, several threads: {is_multi_thread}");
            let mut builder = if is_multi_thread {
                tokio::runtime::Builder::new_multi_thread()
            } else {
                tokio::runtime::Builder::new_current_thread()
            };
            let runtime = builder.worker_threads(1).build().unwrap();
            let (sender, dropped) = mpsc::channel();
            let (begins, begun) = oneshot::channel();
            let bound = bind_to("blue", async move {
                let _sends = SendsTenant(sender);
                begins.send(()).unwrap();
                std::future::pending::<()>().await;
            });
            let left = runtime.block_on(async {
                cancel(Box::pin(bound), begun).await;
                // The runtime may have to run to drop it.
                let dropped = tokio::task::spawn_blocking(move || dropped.recv_timeout(HANGS));
                assert_eq!(dropped.await.unwrap().unwrap().as_deref(), Some("blue"));
                let next = tokio::spawn(async { tenant() }).await.unwrap();
                (tenant(), next)
            });
            assert_eq!(left, (None, None));
        }
    }
}

#[test]
fn a_runtime_that_ends_drops_a_future_under_its_context() {
    for workers in [0, 1] {
        let runtime = match workers {
            0 => tokio::runtime::Builder::new_current_thread().build(),
            _ => tokio::runtime::Builder::new_multi_thread()
                .worker_threads(workers)
                .build(),
        };
        let runtime = runtime.unwrap();
        let (sender, dropped) = mpsc::channel();
        let (begins, begun) = oneshot::channel();
        let bound = bind_to("blue", async move {
            let _sends = SendsTenant(sender);
            begins.send(()).unwrap();
            std::future::pending::<()>().await;
        });
        runtime.block_on(async {
            tokio::spawn(bound);
            begun.await.unwrap();
        });
        drop(runtime);
        assert_eq!(dropped.try_recv().unwrap().as_deref(), Some("blue"));
        assert_eq!(tenant(), None);
    }
}

/// A closure that is cancelled before it begins is dropped by the thread that would have run it.
#[test]
fn a_closure_that_is_cancelled_before_it_begins_leaves_nothing_for_the_next_one() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .max_blocking_threads(1)
        .build()
        .unwrap();
    let bound = || {
        let context = Context::new().with_baggage([KeyValue::new("tenant", "blue")]);
        let _guard = context.attach();
        bind(|| panic!("it must not run"))
    };
    let left = runtime.block_on(async {
        let (held, release) = latch();
        let holding = tokio::task::spawn_blocking(move || held.hold());
        release.wait_until_held();
        let task = tokio::task::spawn_blocking(bound());
        task.abort();
        let mut tasks = JoinSet::new();
        tasks.spawn_blocking(bound());
        tasks.abort_all();
        drop(release);
        holding.await.unwrap();
        assert!(task.await.unwrap_err().is_cancelled());
        let ended = tasks.join_next().await.unwrap();
        assert!(ended.unwrap_err().is_cancelled());
        tokio::task::spawn_blocking(tenant).await.unwrap()
    });
    assert_eq!(left, None);
}
