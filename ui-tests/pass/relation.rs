//! The relation of the worker span.

use opentelemetry::Context;
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState,
};
use traced_worker::{PoolBuilder, SpanRelation, SyncWorker, Worker, traced_worker};
use traced_worker_ui_tests::{Recorded, run};

#[traced_worker]
fn unsaid() {}

#[traced_worker(relation = child)]
fn child() {}

#[traced_worker(relation = "link")]
fn link() {}

#[traced_worker(relation = root, kind = consumer)]
fn root() {}

const TRACE: TraceId = TraceId::from_bytes([7; 16]);

fn dispatched<W: SyncWorker<Message = (), State = ()>>(pool: PoolBuilder<W>) -> Recorded {
    let caller = SpanContext::new(
        TRACE,
        SpanId::from(8),
        TraceFlags::SAMPLED,
        false,
        TraceState::NONE,
    );
    let _guard = Context::new().with_remote_span_context(caller).attach();
    run(pool, ()).1
}

fn main() {
    assert_eq!(unsaid::METADATA.relation(), SpanRelation::Child);
    assert_eq!(link::METADATA.relation(), SpanRelation::Link);

    for span in [dispatched(unsaid::pool()), dispatched(child::pool())] {
        assert_eq!(span.0.span_context.trace_id(), TRACE);
        assert_eq!(span.0.parent_span_id, SpanId::from(8));
    }
    for (span, links) in [(dispatched(link::pool()), 1), (dispatched(root::pool()), 0)] {
        assert_ne!(span.0.span_context.trace_id(), TRACE);
        assert_eq!(span.0.parent_span_id, SpanId::INVALID);
        assert_eq!(span.0.links.len(), links);
        assert!(
            span.0
                .links
                .iter()
                .all(|link| link.span_context.trace_id() == TRACE)
        );
    }
}
