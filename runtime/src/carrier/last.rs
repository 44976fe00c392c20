//! The context that was extracted last.

use opentelemetry::Context;

use super::Carrier;

/// Keeps the context that it extracted last, for the carriers after it that hold the same:
/// messages that were dispatched under one span often follow each other, and a context costs an
/// allocation.
///
/// Only ids, flags and marks are compared. What has more is extracted each time: a custom
/// propagator may read the same fields differently the next time.
#[derive(Debug, Default)]
pub(crate) struct LastExtracted {
    plain: Option<Carrier>,
    context: Context,
}

impl LastExtracted {
    /// As [`Carrier::extract`].
    pub(crate) fn extract(&mut self, carrier: &Carrier) -> &Context {
        if !self.holds(carrier) {
            self.context = carrier.extract();
            self.plain = carrier.extra.get().is_none().then(|| carrier.clone());
        }
        &self.context
    }

    fn holds(&self, carrier: &Carrier) -> bool {
        let has_same = |plain: &Carrier| plain.has_same_ids_and_marks(carrier);
        carrier.extra.get().is_none() && self.plain.as_ref().is_some_and(has_same)
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::baggage::BaggageExt as _;
    use opentelemetry::trace::{
        SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState,
    };
    use opentelemetry::{Context, KeyValue};

    use super::LastExtracted;
    use crate::carrier::Carrier;

    fn context(trace_id: u128, span_id: u64, flags: u8, remote: bool) -> Context {
        Context::new().with_remote_span_context(SpanContext::new(
            TraceId::from(trace_id),
            SpanId::from(span_id),
            TraceFlags::new(flags),
            remote,
            TraceState::NONE,
        ))
    }

    #[test]
    fn after_any_other_each_is_what_the_carrier_alone_gives() {
        let plain = context(1, 2, 1, false);
        let contexts = [
            plain.clone(),
            context(9, 2, 1, false),
            context(1, 9, 1, false),
            context(1, 2, 0, false),
            context(1, 2, 3, false),
            context(1, 2, 1, true),
            plain.with_telemetry_suppressed(),
            plain.with_baggage([KeyValue::new("tenant", "blue")]),
            plain.with_baggage([KeyValue::new("tenant", "green")]),
            Context::new().with_baggage([KeyValue::new("tenant", "red")]),
            Context::new(),
        ];
        let mut last = LastExtracted::default();
        let pairs = contexts
            .iter()
            .flat_map(|one| contexts.iter().map(move |two| [one, two]));
        for context in pairs.flatten() {
            let carrier = Carrier::inject(context);
            let (kept, alone) = (last.extract(&carrier), carrier.extract());
            assert_eq!(kept.span().span_context(), alone.span().span_context());
            assert_eq!(
                kept.is_telemetry_suppressed(),
                alone.is_telemetry_suppressed()
            );
            let tenant = |context: &Context| context.baggage().get("tenant").cloned();
            assert_eq!(tenant(kept), tenant(&alone));
            assert_eq!(kept.has_active_span(), alone.has_active_span());
        }
    }
}
