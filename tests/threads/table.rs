//! The rows of the table for threads of a pool's own, and for shared threads.

use traced_worker::{Threads, traced_worker};
use traced_worker_tests::table::{Integration, Job, OnThread, Output, Running, Telemetry};

#[traced_worker]
fn worker(job: Job) -> Output {
    traced_worker_tests::table::work(job)
}

fn integrations() -> [Box<dyn Integration>; 2] {
    [Box::new(OwnThread), Box::new(SharedThread)]
}

traced_worker_tests::table!(integrations);

struct OwnThread;

impl Integration for OwnThread {
    fn name(&self) -> String {
        "a pool".to_owned()
    }

    fn start(&self, telemetry: &Telemetry) -> Box<dyn Running> {
        let mut builder = worker::pool().threads(1);
        if let Some(provider) = telemetry.provider() {
            builder = builder.tracer_provider(provider);
        }
        let pool = builder.start().unwrap();
        Box::new(OnThread {
            pool,
            threads: None,
        })
    }
}

struct SharedThread;

impl Integration for SharedThread {
    fn name(&self) -> String {
        "a pool on `Threads`".to_owned()
    }

    fn start(&self, telemetry: &Telemetry) -> Box<dyn Running> {
        let threads = Threads::new(1).unwrap();
        let mut builder = worker::pool().on(&threads);
        if let Some(provider) = telemetry.provider() {
            builder = builder.tracer_provider(provider);
        }
        let pool = builder.start().unwrap();
        let threads = Some(threads);
        Box::new(OnThread { pool, threads })
    }
}
