//! The `baggage` field (W3C Baggage, section 3).

use std::borrow::Cow;

use opentelemetry::Key;
use opentelemetry::baggage::{Baggage, BaggageMetadata};

use super::limits::{BAGGAGE_BYTES, BAGGAGE_MEMBERS};
use super::refusal::Refusal;

/// The text of `baggage`, or `None` where there is none.
///
/// Whole members are left out, and counted, beyond 64 members or 8192 bytes (section 3.3.2). They
/// are written in the order of their keys, so that one baggage has one text.
pub(super) fn encode(baggage: &Baggage) -> Option<Box<str>> {
    if baggage.is_empty() {
        return None;
    }
    let mut members: Vec<_> = baggage.iter().collect();
    members.sort_unstable_by_key(|(key, _)| key.as_str());
    let mut text = String::new();
    let mut oversize = 0;
    for (key, (value, metadata)) in members.iter().take(BAGGAGE_MEMBERS) {
        let before = text.len();
        if before > 0 {
            text.push(',');
        }
        text.push_str(key.as_str());
        text.push('=');
        percent_encode(value.as_str(), is_value_octet, &mut text);
        if !metadata.as_str().is_empty() {
            text.push(';');
            percent_encode(metadata.as_str(), is_property_octet, &mut text);
        }
        if text.len() > BAGGAGE_BYTES {
            text.truncate(before);
            oversize += 1;
        }
    }
    if oversize > 0 {
        Refusal::OversizeBaggage.count(oversize);
    }
    if members.len() > BAGGAGE_MEMBERS {
        Refusal::TooManyBaggageMembers.count((members.len() - BAGGAGE_MEMBERS) as u64);
    }
    (!text.is_empty()).then(|| text.into_boxed_str())
}

/// The baggage of a text that [`encode`] made.
pub(super) fn decode(text: &str) -> Baggage {
    text.split(',')
        .filter_map(|member| {
            let (pair, metadata) = member.split_once(';').unwrap_or((member, ""));
            let (key, value) = pair.split_once('=')?;
            let key = Key::from(key.trim().to_owned());
            let value = percent_decode(value.trim()).into_owned();
            Some((key, (value.into(), BaggageMetadata::from(metadata))))
        })
        .collect()
}

/// `baggage-octet` (section 3.2.1.3) but the percent sign, which must itself be encoded.
fn is_value_octet(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'"' | b',' | b';' | b'\\' | b'%')
}

/// Properties are opaque to OpenTelemetry: they are sent as they are, percent signs too. Only
/// what would break the list is encoded.
fn is_property_octet(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b',' | b'\\')
}

fn percent_encode(text: &str, is_plain: fn(u8) -> bool, output: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        if is_plain(byte) {
            output.push(char::from(byte));
        } else {
            output.push('%');
            output.push(char::from(DIGITS[usize::from(byte >> 4)]));
            output.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
}

/// Decodes percent signs that two hex digits follow; what is not UTF-8 then becomes U+FFFD
/// (section 3.2.1.3).
fn percent_decode(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let digit = |offset: usize| char::from(*bytes.get(at + offset)?).to_digit(16);
        if byte == b'%'
            && let (Some(high), Some(low)) = (digit(1), digit(2))
        {
            #[expect(clippy::cast_possible_truncation, reason = "two hex digits are a byte")]
            decoded.push((high * 16 + low) as u8);
            at += 3;
        } else {
            decoded.push(byte);
            at += 1;
        }
    }
    Cow::Owned(match String::from_utf8(decoded) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    })
}
