//! The `traceparent` field (W3C Trace Context level 2, section 3.2).

use opentelemetry::trace::SpanContext;

/// The sampled flag (section 3.2.2.5.1).
const SAMPLED: u8 = 0x01;

/// The random-trace-id flag (section 3.2.2.5.2).
const RANDOM: u8 = 0x02;

/// Length of a version 00 field; one of a higher version is at least as long (section 4).
const LENGTH: usize = 55;

/// Ids and flags, in binary.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Traceparent {
    pub(super) trace_id: [u8; 16],
    pub(super) span_id: [u8; 8],
    /// Sampled and random; the others are zero (section 3.2.2.5.3).
    pub(super) flags: u8,
}

impl Traceparent {
    pub(super) const NONE: Self = Self {
        trace_id: [0; 16],
        span_id: [0; 8],
        flags: 0,
    };

    pub(super) fn of(span_context: &SpanContext) -> Self {
        if !span_context.is_valid() {
            return Self::NONE;
        }
        Self {
            trace_id: span_context.trace_id().to_bytes(),
            span_id: span_context.span_id().to_bytes(),
            flags: span_context.trace_flags().to_u8() & (SAMPLED | RANDOM),
        }
    }

    /// Reads a field, white space around it allowed; `None` if any part of it is malformed.
    ///
    /// A version above 00 is read by its first 55 characters, where nothing or a dash follows
    /// (section 4). Version ff, upper case, signs, ids of zeros and other lengths are malformed.
    pub(super) fn parse(field: &[u8]) -> Option<Self> {
        let field = field.trim_ascii();
        let (head, tail) = field.split_at_checked(LENGTH)?;
        let mut version = [0];
        let mut parsed = Self::NONE;
        let mut flags = [0];
        decode_hex(&head[..2], &mut version)?;
        decode_hex(&head[3..35], &mut parsed.trace_id)?;
        decode_hex(&head[36..52], &mut parsed.span_id)?;
        decode_hex(&head[53..], &mut flags)?;
        let dashes = [2, 35, 52].iter().all(|at| head[*at] == b'-');
        let known = match version[0] {
            0x00 => tail.is_empty(),
            0xff => false,
            _ => tail.first().is_none_or(|byte| *byte == b'-'),
        };
        parsed.flags = flags[0] & (SAMPLED | RANDOM);
        (dashes && known && parsed.is_valid()).then_some(parsed)
    }

    pub(super) fn is_valid(&self) -> bool {
        self.trace_id != [0; 16] && self.span_id != [0; 8]
    }

    pub(super) fn is_random(&self) -> bool {
        self.flags & RANDOM != 0
    }

    pub(super) fn set_random(&mut self) {
        self.flags |= RANDOM;
    }

    /// The field, as version 00.
    pub(super) fn text(&self) -> Text {
        let mut text = Text(*b"00-00000000000000000000000000000000-0000000000000000-00");
        encode_hex(&self.trace_id, &mut text.0[3..35]);
        encode_hex(&self.span_id, &mut text.0[36..52]);
        encode_hex(&[self.flags], &mut text.0[53..]);
        text
    }
}

/// The text of a field.
#[derive(Clone, Copy, Debug)]
pub(super) struct Text([u8; LENGTH]);

impl Text {
    pub(super) fn as_str(&self) -> &str {
        // It is always ASCII: made by `Traceparent::text` alone.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

fn decode_hex(digits: &[u8], output: &mut [u8]) -> Option<()> {
    let value = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    for (pair, byte) in digits.chunks_exact(2).zip(output) {
        *byte = value(pair[0])? << 4 | value(pair[1])?;
    }
    Some(())
}

fn encode_hex(bytes: &[u8], output: &mut [u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for (byte, pair) in bytes.iter().zip(output.chunks_exact_mut(2)) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
}
