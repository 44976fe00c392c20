//! The `baggage` field (W3C Baggage, section 3).

use opentelemetry::Key;
use opentelemetry::baggage::{Baggage, BaggageMetadata};

use super::limits::{BAGGAGE_BYTES, BAGGAGE_MEMBERS};
use super::percent;
use super::refusal::Refusal;

/// The text of `baggage`, or `None` where there is none.
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
            percent::encode(value.as_str(), is_unencoded_octet, text);
            if !metadata.as_str().is_empty() {
                text.push(';');
                percent::encode(metadata.as_str(), is_property_octet, text);
            }
        });
    }
    members.finish()
}

/// The baggage of a checked text. Of a duplicate key the last is kept.
pub(super) fn decode(text: &str) -> Baggage {
    text.split(',')
        .filter_map(|member| {
            let (pair, metadata) = member.split_once(';').unwrap_or((member, ""));
            let (key, value) = pair.split_once('=')?;
            let value = percent::decode(value).into_owned();
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

    /// The checked text, if anything is left.
    pub(super) fn finish(self) -> Option<Box<str>> {
        Refusal::MalformedBaggage.count(self.malformed);
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
        if self.number == BAGGAGE_MEMBERS {
            self.surplus += 1;
            return;
        }
        let before = self.text.len();
        if before > 0 {
            self.text.push(',');
        }
        write(&mut self.text);
        if self.text.len() > BAGGAGE_BYTES {
            self.text.truncate(before);
            self.oversize += 1;
        } else {
            self.number += 1;
        }
    }

    fn finish(self) -> Option<Box<str>> {
        Refusal::TooManyMembers.count(self.surplus);
        Refusal::OversizeBaggage.count(self.oversize);
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

/// `token` (RFC 7230, section 3.2.6).
fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !b"(),/:;<=>?@[\\]{}\"".contains(&byte))
}

/// `baggage-octet` (section 3.2.1.3).
fn is_value_octet(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'"' | b',' | b';' | b'\\')
}

/// A `baggage-octet` that stands for itself: the percent sign must itself be encoded.
fn is_unencoded_octet(byte: u8) -> bool {
    is_value_octet(byte) && byte != b'%'
}

/// Properties are opaque to OpenTelemetry: they are sent as they are, percent signs too. Only
/// what would break the list is encoded.
fn is_property_octet(byte: u8) -> bool {
    is_value_octet(byte) || matches!(byte, b';' | b' ')
}
