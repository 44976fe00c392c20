//! The fields of a custom global propagator: B3, X-Ray, a company's own.
//!
//! The carrier reads and writes the W3C fields itself, so a propagator is used only for the fields
//! that it declares beyond them. It is looked up each time, because it may be set at any time.

use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::{Context, global};

use super::rejected::Reason;
use crate::unwind;

/// The limit for all custom fields of a carrier, in bytes of their names and values.
const MAX_BYTES: usize = 8192;

/// Returns whether the global propagator declares a field beyond W3C.
pub(super) fn is_set() -> bool {
    with_propagator(is_custom).unwrap_or(false)
}

/// Returns the fields beyond W3C that the global propagator injects. Runs foreign code.
pub(super) fn inject(context: &Context) -> Vec<CustomField> {
    let fields = with_propagator(|propagator| {
        let mut fields = CustomFields::default();
        if is_custom(propagator) {
            propagator.inject_context(context, &mut fields);
        }
        fields
    });
    fields.unwrap_or_default().finish()
}

/// Returns `context` with what the global propagator extracts from `fields`. Runs foreign code.
pub(super) fn extract(context: &Context, fields: &[CustomField]) -> Context {
    let extracted = with_propagator(|propagator| {
        is_custom(propagator)
            .then(|| propagator.extract_with_context(context, &FieldExtractor(fields)))
    });
    extracted.flatten().unwrap_or_else(|| context.clone())
}

/// Calls `work` with the global propagator. Returns `None` if that panics: it costs the custom
/// fields, neither the message nor the W3C fields.
fn with_propagator<R>(work: impl FnMut(&dyn TextMapPropagator) -> R) -> Option<R> {
    unwind::catch(|| global::get_text_map_propagator(work)).ok()
}

fn is_custom(propagator: &dyn TextMapPropagator) -> bool {
    propagator.fields().any(|name| !is_w3c(name))
}

fn is_w3c(name: &str) -> bool {
    ["traceparent", "tracestate", "baggage"]
        .iter()
        .any(|field| field.eq_ignore_ascii_case(name))
}

/// The names beyond W3C that the global propagator declared when this was made.
#[derive(Debug)]
pub(super) struct DeclaredNames(Vec<Box<str>>);

impl DeclaredNames {
    pub(super) fn now() -> Self {
        let names = with_propagator(|propagator| {
            let names = propagator.fields().filter(|name| !is_w3c(name));
            names.map(Box::from).collect()
        });
        Self(names.unwrap_or_default())
    }

    pub(super) fn contains(&self, name: &str) -> bool {
        self.iter()
            .any(|declared| declared.eq_ignore_ascii_case(name))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|name| &**name)
    }
}

/// A field that may be sent as a header, whichever way it came in.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct CustomField {
    name: Box<str>,
    value: Box<str>,
}

impl CustomField {
    /// Checks a field: `None` if a header must not have this name or this value.
    ///
    /// A name is a `token` (RFC 9110, section 5.1). A value is visible ASCII, spaces and tabs
    /// (`field-value`, section 5.5, without the obsolete bytes beyond ASCII); white space around
    /// it is not part of it. So neither has a CR, LF or NUL.
    fn new(name: &str, value: &[u8]) -> Option<Self> {
        let value = std::str::from_utf8(value).ok()?.trim_matches([' ', '\t']);
        let is_legal = |byte: u8| matches!(byte, b'\t' | b' '..=b'~');
        (is_token(name) && value.bytes().all(is_legal)).then(|| Self {
            name: name.into(),
            value: value.into(),
        })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn value(&self) -> &str {
        &self.value
    }

    fn len(&self) -> usize {
        self.name.len() + self.value.len()
    }
}

/// Returns whether `text` is a `token` (RFC 9110, section 5.6.2).
pub(super) fn is_token(text: &str) -> bool {
    let is_tchar = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_tchar)
}

/// Returns the value of a field, its name in any case.
pub(super) fn find<'a>(fields: &'a [CustomField], name: &str) -> Option<&'a str> {
    position(fields, name).map(|at| fields[at].value())
}

fn position(fields: &[CustomField], name: &str) -> Option<usize> {
    fields
        .iter()
        .position(|field| field.name.eq_ignore_ascii_case(name))
}

/// A list of custom fields that is being made. The W3C fields are ignored; what is malformed or
/// over the limit is rejected.
#[derive(Debug, Default)]
pub(super) struct CustomFields {
    fields: Vec<CustomField>,
    malformed: usize,
    oversize: usize,
}

impl CustomFields {
    /// Goes on from fields that were checked before.
    pub(super) fn with(fields: Vec<CustomField>) -> Self {
        Self {
            fields,
            ..Self::default()
        }
    }

    /// Sets a field. An earlier one of the same name is removed, even if this one is rejected.
    pub(super) fn set(&mut self, name: &str, value: &[u8]) {
        if is_w3c(name) {
            return;
        }
        if let Some(at) = position(&self.fields, name) {
            self.fields.remove(at);
        }
        let Some(field) = CustomField::new(name, value) else {
            self.malformed += 1;
            return;
        };
        let bytes: usize = self.fields.iter().map(CustomField::len).sum();
        if bytes + field.len() > MAX_BYTES {
            self.oversize += 1;
        } else {
            self.fields.push(field);
        }
    }

    /// Returns the fields, and counts what was rejected. Must not be called while the global
    /// propagator is locked, because counting may log a warning.
    pub(super) fn finish(self) -> Vec<CustomField> {
        Reason::MalformedCustomField.count(self.malformed);
        Reason::OversizeCustomFields.count(self.oversize);
        self.fields
    }
}

impl Injector for CustomFields {
    fn set(&mut self, key: &str, value: String) {
        self.set(key, value.as_bytes());
    }
}

struct FieldExtractor<'a>(&'a [CustomField]);

impl Extractor for FieldExtractor<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        find(self.0, key)
    }

    fn keys(&self) -> Vec<&str> {
        self.0.iter().map(CustomField::name).collect()
    }
}
