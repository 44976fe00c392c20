//! The properties of a file, read by type: what does not conform is reported with its place.

use std::fmt;
use std::ops::RangeInclusive;

use super::node::{Kind, Node, Scalar, Value};
use super::report::Report;

/// The longest value, and the longest name, that is shown.
const MAX_SHOWN: usize = 64;

/// A property, and its place.
#[derive(Clone, Debug)]
pub(super) struct Property<'a> {
    node: &'a Node,
    /// Empty: the whole file.
    place: String,
    report: &'a Report,
}

/// A mapping, and the properties that were asked for.
#[derive(Debug)]
pub(super) struct Mapping<'a> {
    property: Property<'a>,
    entries: &'a [(String, Node)],
    known: Vec<&'static str>,
}

impl<'a> Property<'a> {
    pub(super) fn root(node: &'a Node, report: &'a Report) -> Self {
        Self {
            node,
            place: String::new(),
            report,
        }
    }

    /// Returns the subject of errors that an exporter has later.
    #[cfg(feature = "otlp")]
    pub(super) fn subject(&self) -> String {
        self.report.subject(&self.place)
    }

    /// Reports that the property has a problem.
    pub(super) fn error(&self, problem: impl fmt::Display) {
        self.report.error(self.sentence(problem));
    }

    pub(super) fn warn(&self, problem: impl fmt::Display) {
        self.report.warn(self.sentence(problem));
    }

    /// Reports a part of the schema that is left out.
    pub(super) fn unsupported(&self) {
        self.warn("is not supported, and ignored");
    }

    /// Reports a component that is not there: OpenTelemetry specification, "Configuration SDK",
    /// "Create".
    pub(super) fn no_component(&self, expected: &str) {
        self.error(format_args!("is not supported: expected {expected}"));
    }

    #[cfg(not(all(feature = "otlp", feature = "otlp-grpc", feature = "waterfall")))]
    pub(super) fn not_built_in(&self, feature: &str) {
        self.error(format_args!(
            "is not there, because this program was built without the feature `{feature}` of \
             traced-worker-telemetry"
        ));
    }

    /// Reports a value of the right type.
    pub(super) fn unexpected(&self, expected: &str) {
        match &self.node.kind {
            Kind::Scalar(Scalar {
                shown: Some(text), ..
            }) if text.len() <= MAX_SHOWN => {
                self.error(format_args!("is {text:?}: expected {expected}"));
            }
            // A variable may hold a key.
            _ => self.error(format_args!("has another value than expected: {expected}")),
        }
    }

    /// Returns the entries. Null is no mapping.
    pub(super) fn mapping(&self) -> Option<Mapping<'a>> {
        match &self.node.kind {
            Kind::Mapping(entries) => Some(self.entries(entries)),
            _ => self.mistyped("a mapping"),
        }
    }

    /// Returns the entries: none if it is null.
    pub(super) fn optional_mapping(&self) -> Option<Mapping<'a>> {
        match &self.node.kind {
            Kind::Mapping(entries) => Some(self.entries(entries)),
            _ if self.is_null() => Some(self.entries(&[])),
            _ => self.mistyped("a mapping"),
        }
    }

    fn entries(&self, entries: &'a [(String, Node)]) -> Mapping<'a> {
        Mapping {
            property: self.clone(),
            entries,
            known: Vec::new(),
        }
    }

    /// Checks that there are no options.
    pub(super) fn empty(&self) {
        if let Some(options) = self.optional_mapping() {
            options.finish();
        }
    }

    /// Returns the items, of which there must be one at least.
    pub(super) fn items(&self) -> Vec<Property<'a>> {
        let Kind::Sequence(items) = &self.node.kind else {
            self.mistyped::<()>("a sequence");
            return Vec::new();
        };
        if items.is_empty() {
            self.error("is empty: expected at least one item");
        }
        let items = items.iter().enumerate().map(|(index, node)| Self {
            node,
            place: format!("{}[{index}]", self.place),
            report: self.report,
        });
        items.collect()
    }

    /// Returns the name of the component that the mapping's only key chooses, and its options.
    pub(super) fn component(&self) -> Option<(&'a str, Property<'a>)> {
        let Kind::Mapping(entries) = &self.node.kind else {
            return self.mistyped("a mapping");
        };
        let [(key, node)] = entries.as_slice() else {
            self.error(format_args!(
                "has {} entries: expected one, with the component's name",
                entries.len()
            ));
            return None;
        };
        Some((key, self.child(key, node)))
    }

    /// Returns the text, or `None` if it is null.
    pub(super) fn text(&self) -> Option<&'a str> {
        match self.value()? {
            Value::Text(text) => Some(text),
            _ => self.mistyped("a string (quotes make one)"),
        }
    }

    /// Returns the boolean, or `None` if it is null.
    pub(super) fn boolean(&self) -> Option<bool> {
        match self.value()? {
            Value::Bool(value) => Some(*value),
            _ => self.mistyped("a boolean"),
        }
    }

    /// Returns the integer, or `None` if it is null.
    pub(super) fn integer(&self, range: &RangeInclusive<u64>) -> Option<u64> {
        let (start, end) = (range.start(), range.end());
        let number = match self.value()? {
            Value::Int(number) => u64::try_from(*number).ok(),
            // JSON Schema, "Validation", "type": 1.0 is an integer.
            Value::Float(number) if number.fract() == 0.0 || number.is_infinite() => {
                format!("{number:.0}").parse().ok()
            }
            _ => return self.mistyped("an integer"),
        };
        let number = number.filter(|it| range.contains(it));
        if number.is_none() {
            self.unexpected(&format!("an integer from {start} to {end}"));
        }
        number
    }

    /// Returns the ratio, or `None` if it is null.
    pub(super) fn ratio(&self) -> Option<f64> {
        let ratio = match self.value()? {
            Value::Int(0) => Some(0.0),
            Value::Int(1) => Some(1.0),
            Value::Int(_) => None,
            Value::Float(ratio) => Some(*ratio).filter(|it| (0.0..=1.0).contains(it)),
            _ => return self.mistyped("a number"),
        };
        if ratio.is_none() {
            self.unexpected("a number from 0.0 to 1.0");
        }
        ratio
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(
            &self.node.kind,
            Kind::Scalar(Scalar {
                value: Value::Null,
                ..
            })
        )
    }

    pub(super) fn node(&self) -> &'a Node {
        self.node
    }

    /// Returns the value of a scalar, or `None` if it is null or no scalar.
    fn value(&self) -> Option<&'a Value> {
        match &self.node.kind {
            Kind::Scalar(scalar) => Some(&scalar.value).filter(|it| **it != Value::Null),
            _ => self.mistyped("a scalar"),
        }
    }

    /// The value is not shown: it may be a key in the wrong place.
    pub(super) fn mistyped<T>(&self, expected: &str) -> Option<T> {
        let found = self.node.type_name();
        self.error(format_args!("is {found}: expected {expected}"));
        None
    }

    fn child(&self, key: &str, node: &'a Node) -> Self {
        Self {
            node,
            place: child_place(&self.place, key),
            report: self.report,
        }
    }

    fn sentence(&self, problem: impl fmt::Display) -> String {
        let line = self.node.line;
        if self.place.is_empty() {
            format!("line {line} {problem}")
        } else {
            format!("{} (line {line}) {problem}", self.place)
        }
    }
}

impl<'a> Mapping<'a> {
    /// Returns a property, also if it is null.
    pub(super) fn get(&mut self, key: &'static str) -> Option<Property<'a>> {
        self.known.push(key);
        let (_, node) = self.entries.iter().find(|(name, _)| name == key)?;
        Some(self.property.child(key, node))
    }

    /// Returns a property, or reports that it is missing.
    pub(super) fn required(&mut self, key: &'static str) -> Option<Property<'a>> {
        let found = self.get(key);
        if found.is_none() {
            self.property
                .error(format_args!("has no `{key}`, which is required"));
        }
        found
    }

    /// Reports the properties that were not asked for: the schema has no others.
    pub(super) fn finish(self) {
        let expected = match self.known.as_slice() {
            [] => "nothing here".to_owned(),
            known => known.join(", "),
        };
        for other in self.others() {
            other.error(format_args!("is not known: expected {expected}"));
        }
    }

    /// Warns of the properties that were not asked for: the schema allows others.
    pub(super) fn ignore_others(self) {
        for other in self.others() {
            other.warn("is not known, and ignored");
        }
    }

    fn others(&self) -> impl Iterator<Item = Property<'a>> {
        let others = self.entries.iter();
        let others = others.filter(|(key, _)| !self.known.contains(&key.as_str()));
        others.map(|(key, node)| self.property.child(key, node))
    }
}

/// Returns a key as it is shown in a place.
pub(super) fn name(key: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '/' | '.');
    if !key.is_empty() && key.len() <= MAX_SHOWN && key.chars().all(is_plain) {
        return key.to_owned();
    }
    let start: String = key.chars().take(MAX_SHOWN).collect();
    format!("{start:?}")
}

fn child_place(place: &str, key: &str) -> String {
    let name = name(key);
    if place.is_empty() {
        name
    } else {
        format!("{place}.{name}")
    }
}
