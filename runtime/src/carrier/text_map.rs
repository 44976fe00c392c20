//! A carrier as OpenTelemetry's `Injector` and `Extractor`, for propagators and for the helpers
//! of client libraries.

use opentelemetry::propagation::{Extractor, Injector};

use super::custom::{self, Sink};
use super::refusal::Refusal;
use super::traceparent::Traceparent;
use super::{Carrier, baggage, tracestate};

/// Takes what a propagator sets, checked as [`Carrier::from_headers`] checks it: a malformed value
/// is the same as none. A field that is set again is replaced.
///
/// # Example
///
/// ```
/// use opentelemetry::propagation::Injector;
/// use traced_worker::Carrier;
///
/// let mut carrier = Carrier::new();
/// carrier.set("x-b3-traceid", "4bf92f3577b34da6a3ce929d0e0e4736".to_owned());
/// assert_eq!(carrier.headers().count(), 1);
/// ```
impl Injector for Carrier {
    fn set(&mut self, key: &str, value: String) {
        let mut extra = self.extra.get().cloned().unwrap_or_default();
        if key.eq_ignore_ascii_case("traceparent") {
            let span = Traceparent::parse(value.as_bytes());
            Refusal::MalformedTraceparent.count(usize::from(span.is_none()));
            match span {
                Some(span) => self.set_span(span.trace_id, span.span_id, span.flags, self.remote),
                None => self.set_span(0, 0, 0, false),
            }
            extra.traceparent.take();
        } else if key.eq_ignore_ascii_case("tracestate") {
            let mut fields = tracestate::Fields::default();
            fields.push(value.as_bytes());
            extra.trace_state = fields.finish();
        } else if key.eq_ignore_ascii_case("baggage") {
            let mut fields = baggage::Fields::default();
            fields.push(value.as_bytes());
            extra.baggage = fields.finish();
        } else {
            let mut fields = Sink::with(std::mem::take(&mut extra.fields));
            fields.push(key, &value);
            extra.fields = fields.finish();
        }
        self.set_extra(extra);
    }
}

/// Gives the fields that [`Carrier::headers`] gives; a name may be in any case.
///
/// # Example
///
/// ```
/// use opentelemetry::propagation::TextMapPropagator;
/// use opentelemetry::trace::TraceContextExt;
/// use opentelemetry_sdk::propagation::TraceContextPropagator;
/// use traced_worker::Carrier;
///
/// let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
/// let carrier = Carrier::from_headers([("traceparent", text)]);
/// let context = TraceContextPropagator::new().extract(&carrier);
/// assert_eq!(context.span().span_context().trace_id(), carrier.trace_id());
/// ```
impl Extractor for Carrier {
    fn get(&self, key: &str) -> Option<&str> {
        if key.eq_ignore_ascii_case("traceparent") {
            self.traceparent()
        } else if key.eq_ignore_ascii_case("tracestate") {
            self.tracestate()
        } else if key.eq_ignore_ascii_case("baggage") {
            self.baggage()
        } else {
            custom::find(&self.extra.get()?.fields, key)
        }
    }

    fn keys(&self) -> Vec<&str> {
        self.headers().map(|(name, _)| name).collect()
    }
}
