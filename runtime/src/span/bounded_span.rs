//! A span whose texts are bounded, and whose keys have one value each.
//!
//! Each span that the runtime starts is one. The SDK sets no bound, and keeps each value of a key that
//! is set twice, which readers of the span resolve in different ways.

use std::borrow::Cow;
use std::time::SystemTime;

use opentelemetry::trace::{Span, SpanContext, Status};
use opentelemetry::{Array, Key, KeyValue, StringValue, Value};

use super::attributes::RuntimeKeys;
use super::text::TextLimit;

/// The type of the error that the runtime records. The span has it as `error.type`, unless the worker
/// set that itself: the API cannot read what a span has.
pub(super) const DEFAULT_ERROR_TYPE: &str = "traced_worker.error.type";

pub(super) const STACKTRACE: &str = "exception.stacktrace";

const ERROR_TYPE: &str = "error.type";

/// The keys of the texts that were cut. The conventions have no name for it.
const TRUNCATED: &str = "traced_worker.truncated";

/// The name of a status description in `traced_worker.truncated`: that of the attribute which
/// formats without a status have for it.
const STATUS_DESCRIPTION: &str = "otel.status_description";

const NAME: &str = "name";

/// The number of attributes that are kept until the end: the number that the SDK keeps by default.
const MAX_ATTRIBUTES: usize = 128;

/// The number of keys that `traced_worker.truncated` lists.
const MAX_TRUNCATED: usize = 32;

/// The number of elements of an array.
const MAX_ELEMENTS: usize = 2048;

/// A span that cuts each text set on it, by the runtime or by the worker, and says which were cut.
#[derive(Debug)]
pub(super) struct BoundedSpan<S: Span> {
    span: S,
    limit: TextLimit,
    /// The first value of them stays, which is the runtime's.
    keys: RuntimeKeys,
    /// The attributes set since the start, with the last value of each key. The span gets them when it
    /// ends.
    attributes: Vec<KeyValue>,
    /// In a box, because most spans have neither, and are moved.
    rare: Option<Box<Rare>>,
}

/// The rest of the attributes that are known at the end.
#[derive(Debug, Default)]
struct Rare {
    error_type: Option<KeyValue>,
    truncated: Vec<Key>,
}

impl<S: Span> BoundedSpan<S> {
    /// `keys` are those that the span was started with. The limit is not read later, under the lock of
    /// the span.
    pub(super) fn new(span: S, keys: RuntimeKeys, limit: TextLimit) -> Self {
        Self {
            span,
            limit,
            keys,
            attributes: Vec::new(),
            rare: None,
        }
    }

    fn bound(&mut self, attribute: &mut KeyValue) {
        let limit = if attribute.key.as_str() == STACKTRACE {
            self.limit.long()
        } else {
            self.limit
        };
        if bound_value(&mut attribute.value, limit) {
            self.note(&attribute.key);
        }
    }

    fn bound_text(&mut self, text: Cow<'static, str>, key: &'static str) -> Cow<'static, str> {
        match self.limit.cut(&text) {
            None => text,
            Some(cut) => {
                self.note(&Key::from_static_str(key));
                Cow::Owned(cut)
            }
        }
    }

    #[cold]
    fn note(&mut self, key: &Key) {
        let truncated = &mut self.rare.get_or_insert_default().truncated;
        if truncated.len() < MAX_TRUNCATED && !truncated.contains(key) {
            truncated.push(key.clone());
        }
    }

    fn put(&mut self, attribute: KeyValue) {
        let mut attributes = self.attributes.iter_mut();
        if let Some(earlier) = attributes.find(|earlier| earlier.key == attribute.key) {
            *earlier = attribute;
            return;
        }
        if self.attributes.len() == MAX_ATTRIBUTES {
            self.flush();
        }
        self.attributes.push(attribute);
    }

    fn flush(&mut self) {
        if self.attributes.is_empty() {
            return;
        }
        for attribute in self.attributes.drain(..) {
            self.span.set_attribute(attribute);
        }
    }

    /// Sets the attributes that are known at the end.
    fn finish(&mut self) {
        self.flush();
        let Some(rare) = self.rare.take() else { return };
        if let Some(error_type) = rare.error_type {
            self.span.set_attribute(error_type);
        }
        if !rare.truncated.is_empty() {
            let keys = rare.truncated;
            let keys = keys
                .into_iter()
                .map(|key| String::from(key).into())
                .collect();
            let keys = Value::Array(Array::String(keys));
            self.span.set_attribute(KeyValue::new(TRUNCATED, keys));
        }
    }
}

impl<S: Span> Span for BoundedSpan<S> {
    fn add_event_with_timestamp<T>(
        &mut self,
        name: T,
        timestamp: SystemTime,
        mut attributes: Vec<KeyValue>,
    ) where
        T: Into<Cow<'static, str>>,
    {
        let name = self.bound_text(name.into(), NAME);
        for attribute in &mut attributes {
            self.bound(attribute);
        }
        self.span
            .add_event_with_timestamp(name, timestamp, attributes);
    }

    fn span_context(&self) -> &SpanContext {
        self.span.span_context()
    }

    fn is_recording(&self) -> bool {
        self.span.is_recording()
    }

    fn set_attribute(&mut self, mut attribute: KeyValue) {
        self.bound(&mut attribute);
        match attribute.key.as_str() {
            // The worker's own stays.
            DEFAULT_ERROR_TYPE => {
                let default = KeyValue::new(ERROR_TYPE, attribute.value);
                let rare = self.rare.get_or_insert_default();
                rare.error_type.get_or_insert(default);
            }
            ERROR_TYPE => self.rare.get_or_insert_default().error_type = Some(attribute),
            TRUNCATED => {}
            key => match self.keys.insert(key) {
                None => self.put(attribute),
                Some(true) => self.span.set_attribute(attribute),
                Some(false) => {}
            },
        }
    }

    fn set_status(&mut self, status: Status) {
        let status = match status {
            Status::Error { description } => Status::Error {
                description: self.bound_text(description, STATUS_DESCRIPTION),
            },
            other => other,
        };
        self.span.set_status(status);
    }

    fn update_name<T>(&mut self, new_name: T)
    where
        T: Into<Cow<'static, str>>,
    {
        let name = self.bound_text(new_name.into(), NAME);
        self.span.update_name(name);
    }

    fn add_link(&mut self, span_context: SpanContext, mut attributes: Vec<KeyValue>) {
        for attribute in &mut attributes {
            self.bound(attribute);
        }
        self.span.add_link(span_context, attributes);
    }

    fn end_with_timestamp(&mut self, timestamp: SystemTime) {
        self.finish();
        self.span.end_with_timestamp(timestamp);
    }
}

impl<S: Span> Drop for BoundedSpan<S> {
    /// Completes a span that ends because it is dropped.
    fn drop(&mut self) {
        self.finish();
    }
}

/// Cuts the texts and the elements of a value. Returns whether it did.
fn bound_value(value: &mut Value, limit: TextLimit) -> bool {
    match value {
        Value::String(text) => bound_string(text, limit),
        Value::Array(array) => bound_array(array, limit),
        _ => false,
    }
}

fn bound_string(text: &mut StringValue, limit: TextLimit) -> bool {
    let cut = limit.cut(text.as_str());
    let is_cut = cut.is_some();
    if let Some(cut) = cut {
        *text = cut.into();
    }
    is_cut
}

fn bound_array(array: &mut Array, limit: TextLimit) -> bool {
    fn truncate<T>(elements: &mut Vec<T>) -> bool {
        let is_cut = elements.len() > MAX_ELEMENTS;
        elements.truncate(MAX_ELEMENTS);
        is_cut
    }
    match array {
        Array::Bool(elements) => truncate(elements),
        Array::I64(elements) => truncate(elements),
        Array::F64(elements) => truncate(elements),
        Array::String(texts) => {
            let mut is_cut = truncate(texts);
            let mut bytes_left = limit.long().bytes();
            for number in 0..texts.len() {
                is_cut |= bound_string(&mut texts[number], limit);
                let bytes = texts[number].as_str().len();
                if bytes > bytes_left {
                    texts.truncate(number);
                    return true;
                }
                bytes_left -= bytes;
            }
            is_cut
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use opentelemetry::trace::{Tracer as _, TracerProvider as _};
    use opentelemetry_sdk::error::OTelSdkResult;
    use opentelemetry_sdk::trace::{
        Sampler, SdkTracerProvider, SpanData, SpanExporter, SpanLimits,
    };

    use super::*;

    #[derive(Clone, Debug, Default)]
    struct Ended(Arc<Mutex<Vec<SpanData>>>);

    impl SpanExporter for Ended {
        async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
            self.0.lock().expect("no test panics here").extend(batch);
            Ok(())
        }
    }

    /// Ends a span by `end`, and returns its attributes.
    fn attributes_after(
        end: impl FnOnce(BoundedSpan<opentelemetry_sdk::trace::Span>),
    ) -> Vec<KeyValue> {
        let ended = Ended::default();
        // No `OTEL_*` variable of the shell changes it.
        let provider = SdkTracerProvider::builder()
            .with_sampler(Sampler::AlwaysOn)
            .with_span_limits(SpanLimits::default())
            .with_simple_exporter(ended.clone())
            .build();
        let span = provider.tracer("test").start("span");
        let mut span = BoundedSpan::new(span, RuntimeKeys::NONE, TextLimit::of_process());
        span.set_attribute(KeyValue::new("first", 1));
        span.set_attribute(KeyValue::new("second", 1));
        span.set_attribute(KeyValue::new("first", 2));
        end(span);
        let mut ended = ended.0.lock().expect("no test panics here");
        assert_eq!(ended.len(), 1);
        ended.remove(0).attributes
    }

    #[test]
    fn a_span_has_its_attributes_however_it_ends() {
        let expected = [KeyValue::new("first", 2), KeyValue::new("second", 1)];
        assert_eq!(attributes_after(|mut span| span.end()), expected);
        let at = SystemTime::UNIX_EPOCH;
        assert_eq!(
            attributes_after(|mut span| span.end_with_timestamp(at)),
            expected
        );
        assert_eq!(attributes_after(drop), expected);
    }
}
