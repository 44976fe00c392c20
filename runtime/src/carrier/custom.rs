//! The fields of a custom global propagator: B3, X-Ray, a company's own.
//!
//! The global propagator is asked each time, because it may be set at any time. The carrier
//! speaks W3C itself, so only what a propagator has beyond that is its business here.

use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::{Context, global};

use super::limits::CUSTOM_BYTES;
use super::refusal::Refusal;

type Field = (Box<str>, Box<str>);

/// Whether the global propagator declares a field that the carrier does not speak itself.
pub(super) fn is_set() -> bool {
    global::get_text_map_propagator(is_custom)
}

/// What the global propagator injects beyond W3C. Runs foreign code.
pub(super) fn inject(context: &Context) -> Vec<Field> {
    let mut sink = Sink::default();
    global::get_text_map_propagator(|propagator| {
        if is_custom(propagator) {
            propagator.inject_context(context, &mut sink);
        }
    });
    sink.finish()
}

/// `context` with what the global propagator reads in `fields`. Runs foreign code.
pub(super) fn extract(context: &Context, fields: &[Field]) -> Context {
    global::get_text_map_propagator(|propagator| {
        if is_custom(propagator) {
            propagator.extract_with_context(context, &Source(fields))
        } else {
            context.clone()
        }
    })
}

/// The fields beyond W3C that the global propagator declared when this was made.
#[derive(Debug)]
pub(super) struct Declared(Vec<Box<str>>);

impl Declared {
    pub(super) fn now() -> Self {
        Self(global::get_text_map_propagator(|propagator| {
            let names = propagator.fields().filter(|name| !is_w3c(name));
            names.map(Box::from).collect()
        }))
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.names().any(|field| field.eq_ignore_ascii_case(name))
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|name| &**name)
    }
}

/// Takes every field but those of W3C, up to a limit.
#[derive(Debug, Default)]
pub(super) struct Sink {
    fields: Vec<Field>,
    bytes: usize,
    refused: usize,
}

impl Sink {
    /// Goes on from fields that were taken before.
    pub(super) fn with(fields: Vec<Field>) -> Self {
        let bytes = fields.iter().map(|(name, value)| name.len() + value.len());
        Self {
            bytes: bytes.sum(),
            fields,
            refused: 0,
        }
    }

    /// Sets a field; one of the same name is replaced.
    pub(super) fn push(&mut self, name: &str, value: &str) {
        if is_w3c(name) {
            return;
        }
        if let Some(at) = position(&self.fields, name) {
            let (name, value) = self.fields.remove(at);
            self.bytes -= name.len() + value.len();
        }
        if self.bytes + name.len() + value.len() > CUSTOM_BYTES {
            self.refused += 1;
        } else {
            self.bytes += name.len() + value.len();
            self.fields.push((name.into(), value.into()));
        }
    }

    pub(super) fn finish(self) -> Vec<Field> {
        Refusal::OversizeCarrier.count(self.refused);
        self.fields
    }
}

impl Injector for Sink {
    fn set(&mut self, key: &str, value: String) {
        self.push(key, &value);
    }
}

struct Source<'a>(&'a [Field]);

impl Extractor for Source<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        find(self.0, key)
    }

    fn keys(&self) -> Vec<&str> {
        self.0.iter().map(|(name, _)| &**name).collect()
    }
}

/// The value of a field, its name in any case.
pub(super) fn find<'a>(fields: &'a [Field], name: &str) -> Option<&'a str> {
    position(fields, name).map(|at| &*fields[at].1)
}

fn position(fields: &[Field], name: &str) -> Option<usize> {
    fields
        .iter()
        .position(|(field, _)| field.eq_ignore_ascii_case(name))
}

fn is_custom(propagator: &dyn TextMapPropagator) -> bool {
    propagator.fields().any(|name| !is_w3c(name))
}

fn is_w3c(name: &str) -> bool {
    ["traceparent", "tracestate", "baggage"]
        .iter()
        .any(|field| field.eq_ignore_ascii_case(name))
}
