//! The fields of a custom global propagator: B3, X-Ray, a company's own.
//!
//! The global propagator is asked each time, because it may be set at any time. The carrier
//! speaks W3C itself, so only what a propagator has beyond that is its business here.

use opentelemetry::propagation::{Extractor, Injector};
use opentelemetry::{Context, global};

use super::limits::CUSTOM_BYTES;
use super::refusal::Refusal;

type Field = (Box<str>, Box<str>);

/// Whether the global propagator declares a field that the carrier does not speak itself.
pub(super) fn is_set() -> bool {
    global::get_text_map_propagator(|propagator| propagator.fields().any(|name| !is_w3c(name)))
}

/// What the global propagator injects beyond W3C. Runs foreign code.
pub(super) fn inject(context: &Context) -> Vec<Field> {
    let mut sink = Sink::default();
    global::get_text_map_propagator(|propagator| {
        if propagator.fields().any(|name| !is_w3c(name)) {
            propagator.inject_context(context, &mut sink);
        }
    });
    if sink.refused > 0 {
        Refusal::OversizeCarrier.count(sink.refused);
    }
    sink.fields
}

/// `context` with what the global propagator reads in `fields`. Runs foreign code.
pub(super) fn extract(context: &Context, fields: &[Field]) -> Context {
    global::get_text_map_propagator(|propagator| {
        if propagator.fields().any(|name| !is_w3c(name)) {
            propagator.extract_with_context(context, &Source(fields))
        } else {
            context.clone()
        }
    })
}

fn is_w3c(name: &str) -> bool {
    ["traceparent", "tracestate", "baggage"]
        .iter()
        .any(|field| field.eq_ignore_ascii_case(name))
}

/// Takes every field but those of W3C.
#[derive(Default)]
struct Sink {
    fields: Vec<Field>,
    bytes: usize,
    refused: u64,
}

impl Injector for Sink {
    fn set(&mut self, key: &str, value: String) {
        if is_w3c(key) {
            return;
        }
        if self.bytes + key.len() + value.len() > CUSTOM_BYTES {
            self.refused += 1;
            return;
        }
        self.bytes += key.len() + value.len();
        self.fields
            .retain(|(name, _)| !name.eq_ignore_ascii_case(key));
        self.fields.push((key.into(), value.into_boxed_str()));
    }
}

struct Source<'a>(&'a [Field]);

impl Extractor for Source<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(key))
            .map(|(_, value)| &**value)
    }

    fn keys(&self) -> Vec<&str> {
        self.0.iter().map(|(name, _)| &**name).collect()
    }
}
