//! Percent-encoding (RFC 3986, section 2.1).

use std::borrow::Cow;

/// Appends `text` to `output`: every byte that is not plain becomes a percent sign and two digits.
pub(super) fn encode(text: &str, is_plain: fn(u8) -> bool, output: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|byte| !is_plain(byte)) {
        // What is plain is ASCII, so this is a boundary of characters.
        let (plain, tail) = rest.split_at(at);
        output.push_str(plain);
        let next = tail.chars().next().map_or(0, char::len_utf8);
        for byte in tail[..next].bytes() {
            output.push('%');
            output.push(char::from(DIGITS[usize::from(byte >> 4)]));
            output.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
        rest = &tail[next..];
    }
    output.push_str(rest);
}

/// Decodes every percent sign that two hex digits follow; any other is itself. What is not UTF-8
/// then becomes U+FFFD (W3C Baggage, section 3.2.1.3).
pub(super) fn decode(text: &str) -> Cow<'_, str> {
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
