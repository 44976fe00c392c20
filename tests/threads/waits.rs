//! Workers that wait for pools on their own threads.

use std::future::Future as _;
use std::pin::pin;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::task::{Context as TaskContext, Waker};
use std::thread;
use std::time::Duration;

use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::trace::Tracer as _;
use opentelemetry::{Context, KeyValue};
use traced_worker::{DispatchError, JobError, JoinHandle, Pool, Threads, traced_worker};
use traced_worker_tests::{Recorder, ThreadProbe, latch};

#[derive(Clone)]
struct Pools {
    ping: Pool<ping>,
    pong: Pool<pong>,
}

#[traced_worker]
fn ping(pools: Pools, left: u32) -> u32 {
    match left {
        0 => 0,
        left => {
            let next = pools.pong.dispatch((pools.clone(), left - 1)).unwrap();
            1 + next.wait().unwrap()
        }
    }
}

#[traced_worker]
fn pong(pools: Pools, left: u32) -> u32 {
    match left {
        0 => 0,
        left => {
            let next = pools.ping.dispatch((pools.clone(), left - 1)).unwrap();
            1 + next.wait().unwrap()
        }
    }
}

fn pools(threads: &Threads, at_once: usize, recorder: &Recorder) -> Pools {
    Pools {
        ping: ping::pool()
            .on(threads)
            .threads(at_once)
            .queue_capacity(1)
            .tracer_provider(recorder.provider())
            .start()
            .unwrap(),
        pong: pong::pool()
            .on(threads)
            .threads(at_once)
            .queue_capacity(1)
            .tracer_provider(recorder.provider())
            .start()
            .unwrap(),
    }
}

#[test]
fn pools_that_wait_for_each_other_run_each_other() {
    for (number, at_once) in [(1, 1), (2, 1), (2, 2), (4, 2)] {
        let recorder = Recorder::new();
        let threads = Threads::new(number).unwrap();
        let pools = pools(&threads, at_once, &recorder);
        let handle = recorder
            .tracer()
            .in_span("caller", |_| pools.ping.dispatch((pools.clone(), 20)));
        assert_eq!(handle.unwrap().wait().unwrap(), 20);
        let pings = pools.ping.shutdown(Duration::from_secs(60));
        let pongs = pools.pong.shutdown(Duration::from_secs(60));
        assert_eq!((pings.completed, pongs.completed), (11, 10));
        // One chain: each is a child of the one that waits for it.
        let mut parent = recorder.only("caller");
        for _ in 0..21 {
            let spans = recorder.spans();
            let children = spans
                .into_iter()
                .filter(|it| it.parent_span_id == parent.span_context.span_id());
            let mut children: Vec<_> = children.collect();
            assert_eq!(children.len(), 1);
            let child = children.remove(0);
            Recorder::assert_child(&child, &parent);
            parent = child;
        }
    }
}

/// So few that one thread could run all of them inside of each other: three of a chain's messages wait.
#[test]
fn many_chains_at_once_all_end() {
    for (number, at_once) in [(1, 1), (2, 1), (3, 2)] {
        let recorder = Recorder::new();
        let threads = Threads::new(number).unwrap();
        let pools = pools(&threads, at_once, &recorder);
        let handles: Vec<_> = (0..20)
            .map(|_| pools.ping.dispatch((pools.clone(), 3)).unwrap())
            .collect();
        for handle in handles {
            match handle.wait() {
                Ok(length) => assert_eq!(length, 3),
                other => panic!("{other:?}"),
            }
        }
    }
}

#[traced_worker]
fn flood(pool: Pool<sink>, messages: u32) -> u32 {
    for number in 0..messages {
        pool.send(number).unwrap();
    }
    messages
}

#[traced_worker]
fn sink(number: u32) {
    let _ = number;
}

#[test]
fn a_worker_that_fills_a_queue_of_its_threads_runs_what_is_queued() {
    for number in [1, 2, 3] {
        let threads = Threads::new(number).unwrap();
        let sinks = sink::pool().on(&threads).queue_capacity(2).start().unwrap();
        let floods = flood::pool().on(&threads).start().unwrap();
        let handles: Vec<_> = (0..6)
            .map(|_| floods.dispatch((sinks.clone(), 200)).unwrap())
            .collect();
        for handle in handles {
            assert_eq!(handle.wait().unwrap(), 200);
        }
        assert_eq!(sinks.shutdown(Duration::from_secs(60)).completed, 1200);
    }
}

#[traced_worker]
fn deep(pool: Pool<deep>, depth: u32) -> u32 {
    let Ok(handle) = pool.dispatch((pool.clone(), depth + 1)) else {
        return depth; // the pool is shut down
    };
    match handle.wait() {
        Ok(depth) => depth,
        Err(JobError::WouldDeadlock) => depth,
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn the_depth_is_limited() {
    let threads = Threads::new(1).unwrap();
    let pool = deep::pool().on(&threads).start().unwrap();
    let depth = pool.dispatch((pool.clone(), 0)).unwrap().wait().unwrap();
    assert_eq!(depth, 64);
    pool.shutdown(Duration::ZERO);
}

#[traced_worker]
fn stateful(#[state] count: &mut u32, pool: Pool<stateful>, sinks: Pool<sink>, number: u32) -> u32 {
    *count += 1;
    if number == 0 {
        // Another pool's reply is waited for by running it.
        sinks.dispatch(1).unwrap().wait().unwrap();
        let own = pool.dispatch((pool.clone(), sinks, 1)).unwrap();
        assert!(matches!(own.wait(), Err(JobError::WouldDeadlock)));
    }
    *count
}

#[test]
fn a_worker_with_a_state_may_wait_for_other_pools_only() {
    let threads = Threads::new(1).unwrap();
    let sinks = sink::pool().on(&threads).start().unwrap();
    let pool = stateful::pool(|| 0)
        .on(&threads)
        .queue_capacity(4)
        .start()
        .unwrap();
    let handle = pool.dispatch((pool.clone(), sinks, 0)).unwrap();
    assert_eq!(handle.wait().unwrap(), 1);
    assert_eq!(pool.shutdown(Duration::from_secs(60)).completed, 2);
}

#[traced_worker]
fn wait_briefly(pool: Pool<hold>) -> bool {
    let (held, release) = latch();
    let handle = pool.dispatch(held).unwrap();
    // The other thread holds the message, so this one has nothing to run.
    release.wait_until_held();
    let waited = handle.wait_timeout(Duration::from_millis(1));
    drop(release);
    match waited {
        Ok(_) => false,
        Err(handle) => handle.wait().is_ok(),
    }
}

#[traced_worker]
fn hold(latch: traced_worker_tests::Latch) {
    latch.hold();
}

#[test]
fn a_wait_on_a_shared_thread_ends_at_its_deadline() {
    let threads = Threads::new(2).unwrap();
    let holds = hold::pool().on(&threads).threads(1).start().unwrap();
    let pool = wait_briefly::pool().on(&threads).start().unwrap();
    assert!(pool.dispatch(holds).unwrap().wait().unwrap());
}

#[test]
fn an_async_dispatch_waits_for_a_place() {
    let threads = Threads::new(1).unwrap();
    let holds = hold::pool().on(&threads).queue_capacity(1).start().unwrap();
    let (held, release) = latch();
    holds.send(held).unwrap();
    release.wait_until_held();
    holds.send(latch().0).unwrap();
    let mut pending = pin!(holds.dispatch_async(latch().0));
    let mut cx = TaskContext::from_waker(Waker::noop());
    assert!(pending.as_mut().poll(&mut cx).is_pending());
    drop(release);
    let handle = pollster::block_on(pending).unwrap();
    pollster::block_on(handle).unwrap();
    holds.shutdown(Duration::from_secs(60));
    let refused = pollster::block_on(holds.dispatch_async(latch().0));
    assert!(matches!(refused, Err(DispatchError::Closed(_))));
}

#[traced_worker]
fn gather(leaves: Pool<held_sink>, number: u32) -> u32 {
    leaves.dispatch(number).unwrap().wait().unwrap()
}

#[traced_worker]
fn held_sink(number: u32) -> u32 {
    thread::yield_now();
    number
}

#[test]
fn a_long_queue_of_messages_that_wait_does_not_get_deep() {
    // One message of the pool that all wait for runs at once, and the queue holds far more that wait
    // than run inside of each other.
    let threads = Threads::new(2).unwrap();
    let leaves = held_sink::pool().on(&threads).threads(1).start().unwrap();
    let pool = gather::pool()
        .on(&threads)
        .queue_capacity(2000)
        .start()
        .unwrap();
    let (held, release) = latch();
    let first = threads.spawn(move || held.hold()).unwrap();
    release.wait_until_held();
    let handles: Vec<_> = (0..2000)
        .map(|number| pool.dispatch((leaves.clone(), number)).unwrap())
        .collect();
    drop(release);
    first.wait().unwrap();
    for (number, handle) in (0..).zip(handles) {
        assert_eq!(handle.wait().unwrap(), number);
    }
}

#[traced_worker]
fn ask(question: Option<(Sender<ThreadProbe>, JoinHandle<u32>)>) -> u32 {
    match question {
        None => 1,
        Some((asking, answer)) => {
            asking.send(ThreadProbe::current()).unwrap();
            answer.wait().unwrap()
        }
    }
}

#[traced_worker]
fn answer(begun: Sender<()>, asking: Receiver<ThreadProbe>, asked: Pool<ask>) -> u32 {
    begun.send(()).unwrap();
    // The thread that asks has the only worker of `asked`, and nothing to run.
    asking.recv().unwrap().wait_until_blocked();
    asked.dispatch(None).unwrap().wait().unwrap() + 1
}

#[test]
fn a_thread_that_waits_runs_its_worker_for_one_that_waits_later() {
    let threads = Threads::new(2).unwrap();
    let answers = answer::pool().on(&threads).threads(1).start().unwrap();
    let asked = ask::pool().on(&threads).threads(1).start().unwrap();
    for _ in 0..20 {
        let (sender, receiver) = channel();
        let (begun, begins) = channel();
        let answer = answers.dispatch((begun, receiver, asked.clone()));
        let answer = answer.unwrap();
        // On the other thread, before the one that asks could run it itself.
        begins.recv().unwrap();
        let asking = asked.dispatch(Some((sender, answer))).unwrap();
        assert_eq!(asking.wait().unwrap(), 2);
    }
}

#[test]
fn dispatchers_of_all_kinds_share_the_places_of_a_queue() {
    let threads = Threads::new(3).unwrap();
    let sinks = sink::pool()
        .on(&threads)
        .threads(1)
        .queue_capacity(1)
        .start()
        .unwrap();
    let floods = flood::pool().on(&threads).start().unwrap();
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| (0..3000).for_each(|number| sinks.send(number).unwrap()));
        }
        for _ in 0..20 {
            let handles: Vec<_> = (0..3)
                .map(|_| floods.dispatch((sinks.clone(), 50)).unwrap())
                .collect();
            for handle in handles {
                assert_eq!(handle.wait().unwrap(), 50);
            }
        }
    });
    assert_eq!(sinks.shutdown(Duration::from_secs(60)).completed, 9000);
}

#[traced_worker]
fn tenant_after(leaks: Pool<leak>) -> Option<String> {
    assert!(leaks.dispatch(()).unwrap().wait().is_ok());
    let context = Context::current();
    context.baggage().get("tenant").map(ToString::to_string)
}

#[traced_worker]
fn leak() {
    std::mem::forget(Context::new().attach());
}

#[test]
fn a_context_that_is_leaked_inside_of_a_wait_is_not_current_after_it() {
    let threads = Threads::new(1).unwrap();
    let leaks = leak::pool().on(&threads).start().unwrap();
    let pool = tenant_after::pool().on(&threads).start().unwrap();
    let context = Context::new().with_baggage([KeyValue::new("tenant", "blue")]);
    for _ in 0..10 {
        let handle = pool.with_context(&context).dispatch(leaks.clone()).unwrap();
        assert_eq!(handle.wait().unwrap().as_deref(), Some("blue"));
    }
    assert_eq!(leaks.stats().leaked_guards, 10);
}
