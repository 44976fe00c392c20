//! The fields of a custom global propagator travel.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{
    Extractor, Injector, TextMapCompositePropagator, TextMapPropagator,
};
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState,
};
use opentelemetry::{Context, global};
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};
use traced_worker::{Carrier, traced_worker};

#[derive(Clone, Debug, PartialEq)]
struct Tenant(String);

/// A company's own. It looks at the current context, as such code may.
#[derive(Debug)]
struct TenantPropagator([String; 1]);

impl TextMapPropagator for TenantPropagator {
    fn inject_context(&self, context: &Context, injector: &mut dyn Injector) {
        let _guard = context.clone().attach();
        if let Some(Tenant(name)) = Context::current().get::<Tenant>() {
            injector.set("X-Tenant", name.clone());
            injector.set("traceparent", "not its business".to_owned());
        }
    }

    fn extract_with_context(&self, context: &Context, extractor: &dyn Extractor) -> Context {
        match extractor.get("x-tenant") {
            Some(name) => context
                .with_value(Tenant(name.to_owned()))
                // As B3 does: it reads the span from its own field, too.
                .with_remote_span_context(SpanContext::empty_context()),
            None => context.clone(),
        }
    }

    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(&self.0)
    }
}

#[traced_worker]
fn look() -> (Option<Tenant>, SpanContext) {
    let context = Context::current();
    (
        context.get::<Tenant>().cloned(),
        context.span().span_context().clone(),
    )
}

#[test]
fn what_it_declares_is_injected_and_extracted_by_it() {
    let pool = look::pool().threads(1).start().unwrap();
    let span_context = SpanContext::new(
        TraceId::from(7),
        SpanId::from(9),
        TraceFlags::SAMPLED,
        false,
        TraceState::from_key_value([("a", "b")]).unwrap(),
    );
    let context = Context::new()
        .with_value(Tenant("blue".to_owned()))
        .with_remote_span_context(span_context.clone());
    let guard = context.attach();
    let (tenant, seen) = pool.dispatch(()).unwrap().wait().unwrap();
    assert_eq!(
        (tenant, seen),
        (None, span_context.clone()),
        "without it only W3C travels"
    );

    global::set_text_map_propagator(TextMapCompositePropagator::new(vec![
        Box::new(TraceContextPropagator::new()),
        Box::new(BaggagePropagator::new()),
        Box::new(TenantPropagator(["x-tenant".to_owned()])),
    ]));
    let (tenant, seen) = pool.dispatch(()).unwrap().wait().unwrap();
    assert_eq!(tenant, Some(Tenant("blue".to_owned())));
    assert_eq!(seen, span_context, "the span is W3C's, and not remote");

    // A declared field crosses a process in every form; a field that nobody declared does not.
    let carrier = Carrier::current();
    let variables: Vec<_> = carrier.to_env().map(|(name, _)| name).collect();
    assert_eq!(variables, ["TRACEPARENT", "TRACESTATE", "X_TENANT"]);
    let mut fields = serde_json::to_value(&carrier).unwrap();
    assert_eq!(fields["X-Tenant"], "blue");
    fields["x-other"] = "ignored".into();
    let received: Carrier = serde_json::from_value(fields).unwrap();
    assert!(received.headers().eq(carrier.headers()));
    drop(guard);

    let (tenant, seen) = pool.dispatch(()).unwrap().wait().unwrap();
    assert_eq!(tenant, None, "nothing is left for the next");
    assert!(!seen.is_valid());

    let huge = Context::new().with_value(Tenant("x".repeat(10_000)));
    let before = Carrier::refusals().oversize_carrier;
    assert!(Carrier::inject(&huge).is_empty());
    assert_eq!(Carrier::refusals().oversize_carrier, before + 1);
}
