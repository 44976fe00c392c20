//! The `baggage` field (W3C Baggage, section 3).

use opentelemetry::Key;
use opentelemetry::baggage::{Baggage, BaggageMetadata};
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

use super::custom::is_token;
use super::rejected::Reason;

/// The limit for list members (section 3.3.2).
const MAX_MEMBERS: usize = 64;

/// The limit for the text, in bytes (section 3.3.2).
const MAX_BYTES: usize = 8192;

/// The ASCII bytes that are encoded in a value: all that are no `baggage-octet`, and the percent
/// sign (section 3.2.1.3). Bytes beyond ASCII are always encoded.
const ENCODED_IN_VALUES: &AsciiSet = &ENCODED_IN_PROPERTIES.add(b' ').add(b';').add(b'%');

/// The ASCII bytes that are encoded in a property, because they would break the list. Properties
/// are opaque to OpenTelemetry, and are sent as they are, percent signs too (section 3.2.1.4).
const ENCODED_IN_PROPERTIES: &AsciiSet = &CONTROLS.add(b'"').add(b',').add(b'\\');

/// Returns the text of `baggage`, or `None` if it is empty.
///
/// Members are written in the order of their keys, so that one baggage has one text.
pub(super) fn encode(baggage: &Baggage) -> Option<Box<str>> {
    if baggage.is_empty() {
        return None;
    }
    let mut sorted: Vec<_> = baggage.iter().collect();
    sorted.sort_unstable_by_key(|(key, _)| key.as_str());
    let mut members = Members::default();
    for (key, (value, metadata)) in sorted {
        members.push(|text| {
            text.push_str(key.as_str());
            text.push('=');
            text.extend(utf8_percent_encode(value.as_str(), ENCODED_IN_VALUES));
            if !metadata.as_str().is_empty() {
                text.push(';');
                text.extend(utf8_percent_encode(
                    metadata.as_str(),
                    ENCODED_IN_PROPERTIES,
                ));
            }
        });
    }
    members.finish()
}

/// Returns the baggage of a checked text. Of a duplicate key the last is kept.
///
/// A percent sign without two digits stands for itself, and bytes that are not UTF-8 become U+FFFD
/// (section 3.2.1.3).
pub(super) fn decode(text: &str) -> Baggage {
    text.split(',')
        .filter_map(|member| {
            let (pair, metadata) = member.split_once(';').unwrap_or((member, ""));
            let (key, value) = pair.split_once('=')?;
            let value = percent_decode_str(value).decode_utf8_lossy().into_owned();
            let metadata = BaggageMetadata::from(metadata);
            Some((Key::from(key.to_owned()), (value.into(), metadata)))
        })
        .collect()
}

/// The header fields of one message, joined in their order. Members that are malformed are left
/// out, the others are kept.
#[derive(Debug, Default)]
pub(super) struct Fields {
    members: Members,
    malformed: usize,
}

impl Fields {
    pub(super) fn push(&mut self, field: &[u8]) {
        for member in field.split(|byte| *byte == b',') {
            let member = member.trim_ascii();
            if !member.is_empty() {
                match std::str::from_utf8(member).ok().and_then(Member::parse) {
                    Some(member) => self.members.push(|text| member.write(text)),
                    None => self.malformed += 1,
                }
            }
        }
    }

    /// Returns the checked text, if anything is left.
    pub(super) fn finish(self) -> Option<Box<str>> {
        Reason::MalformedBaggage.count(self.malformed);
        self.members.finish()
    }
}

/// A list that is being made: whole members are left out, and counted, beyond 64 or 8192 bytes
/// (section 3.3.2).
#[derive(Debug, Default)]
struct Members {
    text: String,
    number: usize,
    surplus: usize,
    oversize: usize,
}

impl Members {
    fn push(&mut self, write: impl FnOnce(&mut String)) {
        if self.number == MAX_MEMBERS {
            self.surplus += 1;
            return;
        }
        let before = self.text.len();
        if before > 0 {
            self.text.push(',');
        }
        write(&mut self.text);
        if self.text.len() > MAX_BYTES {
            self.text.truncate(before);
            self.oversize += 1;
        } else {
            self.number += 1;
        }
    }

    fn finish(self) -> Option<Box<str>> {
        Reason::TooManyMembers.count(self.surplus);
        Reason::OversizeBaggage.count(self.oversize);
        (!self.text.is_empty()).then(|| self.text.into_boxed_str())
    }
}

/// `list-member = key OWS "=" OWS value *( OWS ";" OWS property )` (section 3.2.1.1).
struct Member<'a> {
    key: &'a str,
    value: &'a str,
    properties: &'a str,
}

impl<'a> Member<'a> {
    fn parse(member: &'a str) -> Option<Self> {
        let (pair, properties) = member.split_once(';').unwrap_or((member, ""));
        let (key, value) = pair.split_once('=')?;
        let (key, value) = (trim(key), trim(value));
        let properties_are_legal = || split_properties(properties).all(is_property);
        (is_token(key) && value.bytes().all(is_value_octet) && properties_are_legal()).then_some(
            Self {
                key,
                value,
                properties,
            },
        )
    }

    fn write(&self, text: &mut String) {
        text.push_str(self.key);
        text.push('=');
        text.push_str(self.value);
        for property in split_properties(self.properties) {
            text.push(';');
            let (key, value) = split_property(property);
            text.push_str(key);
            if let Some(value) = value {
                text.push('=');
                text.push_str(value);
            }
        }
    }
}

fn split_properties(properties: &str) -> impl Iterator<Item = &str> {
    properties.split(';').map(trim).filter(|it| !it.is_empty())
}

/// `property = key OWS "=" OWS value` or `property = key OWS` (section 3.2.1.4).
fn is_property(property: &str) -> bool {
    let (key, value) = split_property(property);
    is_token(key) && value.unwrap_or_default().bytes().all(is_value_octet)
}

fn split_property(property: &str) -> (&str, Option<&str>) {
    match property.split_once('=') {
        Some((key, value)) => (trim(key), Some(trim(value))),
        None => (property, None),
    }
}

/// Optional white space: spaces and tabs (RFC 7230, section 3.2.3).
fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

/// `baggage-octet` (section 3.2.1.3).
fn is_value_octet(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'"' | b',' | b';' | b'\\')
}
