//! The rows of the table for workers whose spans are spans of `tracing`.

use tokio::runtime::Runtime;
use traced_worker::{AsyncWorker, SyncWorker, TaskPoolBuilder, Threads, traced_worker};
use traced_worker_tests::Layers;
use traced_worker_tests::table::{Integration, Job, OnTask, OnThread, Output, Running, Telemetry};

#[traced_worker(tracing)]
fn worker(job: Job) -> Output {
    traced_worker_tests::table::work(job)
}

mod detached {
    use super::{Job, Output, traced_worker};

    #[traced_worker(tracing(detached))]
    pub(super) fn worker(job: Job) -> Output {
        traced_worker_tests::table::work(job)
    }
}

mod on_task {
    use super::{Job, Output, traced_worker};

    #[traced_worker(tracing)]
    pub(super) async fn worker(job: Job) -> Output {
        traced_worker_tests::table::work_async(job).await
    }
}

mod detached_on_task {
    use super::{Job, Output, traced_worker};

    #[traced_worker(tracing(detached))]
    pub(super) async fn worker(job: Job) -> Output {
        traced_worker_tests::table::work_async(job).await
    }
}

fn integrations() -> Vec<Box<dyn Integration>> {
    let kinds: [(&str, Start); 7] = [
        ("a pool", || on_thread::<worker>(false)),
        ("a pool on `Threads`", || on_thread::<worker>(true)),
        ("a pool, detached", || on_thread::<detached::worker>(false)),
        ("a current-thread runtime", || {
            on_runtime(on_task::worker::pool(), &current_thread)
        }),
        ("a runtime of one thread", || {
            on_runtime(on_task::worker::pool(), &multi_thread)
        }),
        ("a current-thread runtime, detached", || {
            on_runtime(detached_on_task::worker::pool(), &current_thread)
        }),
        ("a runtime of one thread, detached", || {
            on_runtime(detached_on_task::worker::pool(), &multi_thread)
        }),
    ];
    let kinds = kinds.into_iter().flat_map(|(name, start)| {
        [true, false].map(|activation| -> Box<dyn Integration> {
            Box::new(Kind {
                name,
                activation,
                start,
            })
        })
    });
    kinds.collect()
}

traced_worker_tests::table!(integrations);

type Start = fn() -> Box<dyn Running>;

struct Kind {
    name: &'static str,
    activation: bool,
    start: Start,
}

impl Integration for Kind {
    fn name(&self) -> String {
        format!("{}, activation: {}", self.name, self.activation)
    }

    fn layers(&self) -> Option<Layers> {
        Some(Layers {
            activation: self.activation,
            ..Layers::default()
        })
    }

    fn start(&self, _: &Telemetry) -> Box<dyn Running> {
        (self.start)()
    }
}

fn on_thread<W>(is_shared: bool) -> Box<dyn Running>
where
    W: SyncWorker<Message = Job, Output = Output, State = ()>,
{
    let threads = is_shared.then(|| Threads::new(1).unwrap());
    let builder = traced_worker::PoolBuilder::<W>::new().inherit_subscriber();
    let builder = match &threads {
        Some(threads) => builder.on(threads),
        None => builder.threads(1),
    };
    let pool = builder.start().unwrap();
    Box::new(OnThread { pool, threads })
}

fn on_runtime<W: AsyncWorker<Message = Job, Output = Output>>(
    builder: TaskPoolBuilder<W>,
    runtime: &dyn Fn() -> Runtime,
) -> Box<dyn Running> {
    let runtime = runtime();
    let builder = builder.concurrency(1).runtime(runtime.handle());
    let pool = builder.inherit_subscriber().start().unwrap();
    Box::new(OnTask {
        pool,
        local: None,
        runtime,
    })
}

fn current_thread() -> Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.build().unwrap()
}

fn multi_thread() -> Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(1).build().unwrap()
}
