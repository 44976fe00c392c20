//! The ways to other threads that the documentation of `bind` lists, all with one signature.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;
use traced_worker::{BoundContext, Threads, bind, bind_future};
use traced_worker_tests::HANGS;

/// Runs on another thread.
pub(crate) type Work = Box<dyn FnOnce() + Send>;

/// Runs `work`, bound, on another thread, and then `after`, which is not bound, on the same thread.
/// Returns whether `work` panicked.
pub(crate) type Integration = fn(work: Work, after: Work) -> bool;

pub(crate) const INTEGRATIONS: [(&str, Integration); 14] = [
    ("std::thread::spawn", thread_spawn),
    ("std::thread::scope", thread_scope),
    ("rayon::spawn", rayon_spawn),
    ("rayon::scope", rayon_scope),
    ("rayon::join", rayon_join),
    ("rayon's iterators", rayon_iterator),
    ("rayon's spawn_handler", rayon_spawn_handler),
    ("tokio::task::spawn_blocking", tokio_spawn_blocking),
    ("tokio::spawn", tokio_spawn),
    ("tokio::spawn, one thread", tokio_current_thread),
    ("JoinSet::spawn", join_set),
    ("JoinSet::spawn_blocking", join_set_blocking),
    ("crossbeam's scope", crossbeam_scope),
    ("Threads::spawn", threads_spawn),
];

/// Calls `check` with each integration.
pub(crate) fn for_each(mut check: impl FnMut(Integration)) {
    for (name, integration) in INTEGRATIONS {
        // Shown if the check fails.
        println!("{name}");
        check(integration);
    }
}

/// Runs `work` as each of the documented forms does, and returns its value.
pub(crate) fn value_of<T: Send + 'static>(
    integration: Integration,
    work: impl FnOnce() -> T + Send + 'static,
) -> T {
    let (sender, receiver) = mpsc::channel();
    let panicked = integration(
        Box::new(move || sender.send(work()).unwrap()),
        Box::new(|| ()),
    );
    assert!(!panicked);
    receiver.recv_timeout(HANGS).unwrap()
}

fn panics(work: impl FnOnce()) -> bool {
    catch_unwind(AssertUnwindSafe(work)).is_err()
}

fn thread_spawn(work: Work, after: Work) -> bool {
    let bound = bind(work);
    let thread = thread::spawn(move || {
        let panicked = panics(bound);
        after();
        panicked
    });
    thread.join().unwrap()
}

fn thread_scope(work: Work, after: Work) -> bool {
    thread::scope(|scope| {
        let bound = bind(work);
        let thread = scope.spawn(|| {
            let panicked = panics(bound);
            after();
            panicked
        });
        thread.join().unwrap()
    })
}

/// A pool of one thread, so that `after` runs where `work` did.
fn rayon_pool(panicked: mpsc::Sender<()>) -> ThreadPool {
    let panicked = Mutex::new(panicked);
    ThreadPoolBuilder::new()
        .num_threads(1)
        .panic_handler(move |_| panicked.lock().unwrap().send(()).unwrap())
        .build()
        .unwrap()
}

fn rayon_spawn(work: Work, after: Work) -> bool {
    let (sender, panicked) = mpsc::channel();
    let pool = rayon_pool(sender);
    pool.spawn_fifo(bind(work));
    let (sender, done) = mpsc::channel();
    pool.spawn_fifo(move || {
        after();
        sender.send(()).unwrap();
    });
    done.recv_timeout(HANGS).unwrap();
    panicked.try_recv().is_ok()
}

fn rayon_scope(work: Work, after: Work) -> bool {
    let pool = rayon_pool(mpsc::channel().0);
    let context = BoundContext::current();
    let panicked = panics(|| pool.scope(|scope| scope.spawn(|_| context.run(work))));
    pool.install(after);
    panicked
}

fn rayon_join(work: Work, after: Work) -> bool {
    let pool = rayon_pool(mpsc::channel().0);
    let (first, second) = (bind(|| ()), bind(work));
    let panicked = panics(|| {
        pool.install(|| rayon::join(first, second));
    });
    pool.install(after);
    panicked
}

fn rayon_iterator(work: Work, after: Work) -> bool {
    let pool = rayon_pool(mpsc::channel().0);
    let work = Mutex::new(Some(work));
    let context = BoundContext::current();
    let panicked = panics(|| {
        let lengths: Vec<usize> = pool.install(|| {
            let words = ["one", "three"];
            let words = words.par_iter();
            words
                .map(|word| {
                    context.run(|| {
                        // The lock must not be held, nor poisoned.
                        let work = work.lock().unwrap().take();
                        if let Some(work) = work {
                            work();
                        }
                        word.len()
                    })
                })
                .collect()
        });
        assert_eq!(lengths, [3, 5]);
    });
    pool.install(after);
    panicked
}

fn rayon_spawn_handler(work: Work, after: Work) -> bool {
    let context = BoundContext::current();
    let (sender, ended) = mpsc::channel();
    let after = Arc::new(Mutex::new(Some(after)));
    let pool = ThreadPoolBuilder::new()
        .num_threads(1)
        .spawn_handler(|thread| {
            let (context, sender, after) = (context.clone(), sender.clone(), Arc::clone(&after));
            thread::spawn(move || {
                context.run(|| thread.run());
                drop(context);
                let after = after.lock().unwrap().take().unwrap();
                after();
                sender.send(()).unwrap();
            });
            Ok(())
        })
        .build()
        .unwrap();
    let panicked = panics(|| pool.install(work));
    drop(pool);
    ended.recv_timeout(HANGS).unwrap();
    panicked
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .max_blocking_threads(1)
        .build()
        .unwrap()
}

fn tokio_spawn_blocking(work: Work, after: Work) -> bool {
    let runtime = runtime();
    let task = runtime.spawn_blocking(bind(work));
    let panicked = runtime.block_on(task).is_err();
    let task = runtime.spawn_blocking(after);
    runtime.block_on(task).unwrap();
    panicked
}

fn tokio_spawn(work: Work, after: Work) -> bool {
    let runtime = runtime();
    let task = runtime.spawn(bind_future(yielding(work)));
    let panicked = runtime.block_on(task).is_err();
    let task = runtime.spawn(async { after() });
    runtime.block_on(task).unwrap();
    panicked
}

fn tokio_current_thread(work: Work, after: Work) -> bool {
    let future = bind_future(yielding(work));
    let on_runtime = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime.unwrap().block_on(async {
            let panicked = tokio::spawn(future).await.is_err();
            tokio::spawn(async { after() }).await.unwrap();
            panicked
        })
    };
    thread::spawn(on_runtime).join().unwrap()
}

fn join_set(work: Work, after: Work) -> bool {
    let runtime = runtime();
    let mut tasks = JoinSet::new();
    tasks.spawn_on(bind_future(yielding(work)), runtime.handle());
    let panicked = runtime.block_on(tasks.join_next()).unwrap().is_err();
    let task = runtime.spawn(async { after() });
    runtime.block_on(task).unwrap();
    panicked
}

fn join_set_blocking(work: Work, after: Work) -> bool {
    let runtime = runtime();
    let mut tasks = JoinSet::new();
    tasks.spawn_blocking_on(bind(work), runtime.handle());
    let panicked = runtime.block_on(tasks.join_next()).unwrap().is_err();
    let task = runtime.spawn_blocking(after);
    runtime.block_on(task).unwrap();
    panicked
}

fn crossbeam_scope(work: Work, after: Work) -> bool {
    let context = BoundContext::current();
    let panicked = crossbeam_utils::thread::scope(|scope| {
        let thread = scope.spawn(|_| {
            let panicked = panics(|| context.run(work));
            after();
            panicked
        });
        thread.join().unwrap()
    });
    panicked.unwrap()
}

/// A closure is bound by the spawn itself.
fn threads_spawn(work: Work, after: Work) -> bool {
    let threads = Threads::new(1).unwrap();
    let panicked = threads.spawn(work).unwrap().wait().is_err();
    // Where nothing is current.
    thread::scope(|scope| {
        let spawned = scope.spawn(|| threads.spawn(after).unwrap().wait().unwrap());
        spawned.join().unwrap();
    });
    panicked
}

/// Runs `work` at the second poll.
async fn yielding(work: Work) {
    tokio::task::yield_now().await;
    work();
}
