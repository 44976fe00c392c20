//! Many cancellations at random moments: each job has one end, one span and one answer.

use std::time::Duration;

use opentelemetry_sdk::trace::{SpanData, SpanProcessor};
use traced_worker::{JobError, traced_worker};
use traced_worker_tests::provider_builder;

use crate::support::{Drops, Yields, current_thread, multi_thread};

/// Counts the spans that ended, and those of them that are cancelled.
#[derive(Clone, Debug, Default)]
struct Counts {
    ended: std::sync::Arc<std::sync::atomic::AtomicUsize>,
    cancelled: std::sync::Arc<std::sync::atomic::AtomicUsize>,
}

impl SpanProcessor for Counts {
    fn on_start(&self, _: &mut opentelemetry_sdk::trace::Span, _: &opentelemetry::Context) {}

    fn on_end(&self, span: SpanData) {
        use std::sync::atomic::Ordering;
        self.ended.fetch_add(1, Ordering::Relaxed);
        let mut attributes = span.attributes.iter();
        if attributes.any(|it| it.key.as_str() == "traced_worker.outcome") {
            self.cancelled.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn force_flush(&self) -> opentelemetry_sdk::error::OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> opentelemetry_sdk::error::OTelSdkResult {
        Ok(())
    }
}

#[traced_worker]
async fn run(message: (crate::support::DropGuard, usize)) -> usize {
    let (_held, yields) = message;
    Yields(yields).await;
    yields
}

/// A generator of numbers that are random enough (splitmix64).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % limit
    }
}

fn cancel_at_random(runtime: &tokio::runtime::Runtime, jobs: usize, seed: u64) {
    use std::sync::atomic::Ordering;
    let counts = Counts::default();
    let provider = provider_builder()
        .with_span_processor(counts.clone())
        .build();
    let pool = run::pool()
        .concurrency(8)
        .queue_capacity(32)
        .runtime(runtime.handle())
        .tracer_provider(&provider)
        .start()
        .unwrap();
    let drops = Drops::default();
    let (mut completed, mut cancelled) = (0_u64, 0_u64);
    runtime.block_on(async {
        let mut random = Random(seed);
        let mut handles = Vec::new();
        for number in 0..jobs {
            let yields = usize::try_from(random.below(4)).unwrap();
            let message = (drops.guard(), yields);
            handles.push((pool.dispatch_async(message).await.unwrap(), yields));
            let pick = usize::try_from(random.below(handles.len() as u64)).unwrap();
            handles[pick].0.cancel();
            if random.below(3) == 0 {
                tokio::task::yield_now().await;
            }
            if handles.len() == 64 || number + 1 == jobs {
                for (handle, yields) in handles.drain(..) {
                    match handle.await {
                        Ok(output) => {
                            assert_eq!(output, yields);
                            completed += 1;
                        }
                        Err(JobError::Cancelled) => cancelled += 1,
                        Err(error) => panic!("{error}"),
                    }
                }
            }
        }
        // A queued job that was cancelled resolves before its span ends.
        while pool.stats().queued + pool.stats().running > 0 {
            tokio::task::yield_now().await;
        }
    });
    let stats = pool.stats();
    assert_eq!((stats.completed, stats.cancelled), (completed, cancelled));
    assert_eq!(completed + cancelled, jobs as u64);
    assert!(
        completed > 1000 && cancelled > 1000,
        "{completed} {cancelled}"
    );
    // The last span may be about to end.
    traced_worker_tests::wait_until(|| counts.ended.load(Ordering::Relaxed) == jobs);
    assert_eq!(counts.cancelled.load(Ordering::Relaxed) as u64, cancelled);
    traced_worker_tests::wait_until(|| drops.get() == jobs);
}

#[test]
fn random_cancellations_on_one_thread_add_up() {
    cancel_at_random(&current_thread(), 20_000, 1);
}

#[test]
fn random_cancellations_on_several_threads_add_up() {
    cancel_at_random(&multi_thread(3), 100_000, 2);
}
