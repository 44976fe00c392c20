//! The rows of the table for the tasks of each kind of runtime.

use tokio::runtime::Runtime;
use tokio::task::LocalSet;
use traced_worker::{AsyncWorker, TaskPoolBuilder, traced_worker};
use traced_worker_tests::table::{Integration, Job, OnTask, Output, Running, Telemetry};

use crate::support::{current_thread, multi_thread};

#[traced_worker]
async fn worker(job: Job) -> Output {
    traced_worker_tests::table::work_async(job).await
}

/// A worker that does its work where the runtime lets it block.
mod blocking {
    use super::{Job, Output, traced_worker};

    #[traced_worker]
    pub(super) async fn worker(job: Job) -> Output {
        if matches!(job, Job::Pend(_)) {
            return traced_worker_tests::table::work_async(job).await;
        }
        tokio::task::block_in_place(|| traced_worker_tests::table::work(job))
    }
}

fn integrations() -> [Box<dyn Integration>; 5] {
    [
        Box::new(Kind {
            name: "a current-thread runtime",
            runtime: current_thread,
            in_local_set: false,
        }),
        Box::new(Kind {
            name: "a runtime of one thread",
            runtime: || multi_thread(1),
            in_local_set: false,
        }),
        Box::new(Kind {
            name: "a runtime of several threads",
            runtime: || multi_thread(3),
            in_local_set: false,
        }),
        Box::new(Kind {
            name: "a local set",
            runtime: current_thread,
            in_local_set: true,
        }),
        Box::new(BlockInPlace),
    ]
}

traced_worker_tests::table!(integrations);

struct Kind {
    name: &'static str,
    runtime: fn() -> Runtime,
    in_local_set: bool,
}

impl Integration for Kind {
    fn name(&self) -> String {
        self.name.to_owned()
    }

    fn start(&self, telemetry: &Telemetry) -> Box<dyn Running> {
        let local = self.in_local_set.then(LocalSet::new);
        start(worker::pool(), (self.runtime)(), local, telemetry)
    }
}

struct BlockInPlace;

impl Integration for BlockInPlace {
    fn name(&self) -> String {
        "`block_in_place`".to_owned()
    }

    fn start(&self, telemetry: &Telemetry) -> Box<dyn Running> {
        start(blocking::worker::pool(), multi_thread(1), None, telemetry)
    }
}

fn start<W: AsyncWorker<Message = Job, Output = Output>>(
    builder: TaskPoolBuilder<W>,
    runtime: Runtime,
    local: Option<LocalSet>,
    telemetry: &Telemetry,
) -> Box<dyn Running> {
    let mut builder = builder.concurrency(1).runtime(runtime.handle());
    if let Some(provider) = telemetry.provider() {
        builder = builder.tracer_provider(provider);
    }
    let pool = builder.start().unwrap();
    Box::new(OnTask {
        pool,
        local,
        runtime,
    })
}
