//! The `traceparent` field (W3C Trace Context level 2, section 3.2).

/// The sampled flag (section 3.2.2.5.1).
const SAMPLED: u8 = 0x01;

/// The random-trace-id flag (section 3.2.2.5.2).
pub(super) const RANDOM: u8 = 0x02;

/// The length of a version 00 field; one of a higher version is at least as long (section 4).
const LENGTH: usize = 55;

/// Clears the flags that level 2 does not define: they are sent as zero (section 3.2.2.5.3).
pub(super) const fn known_flags(flags: u8) -> u8 {
    flags & (SAMPLED | RANDOM)
}

/// Ids and flags, in binary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Traceparent {
    /// Not zero.
    pub(super) trace_id: u128,
    /// Not zero.
    pub(super) span_id: u64,
    pub(super) flags: u8,
}

impl Traceparent {
    /// Parses a field, white space around it allowed; `None` if any part of it is malformed.
    ///
    /// A version above 00 is read by its first 55 characters, where nothing or a dash follows
    /// (section 4). Version ff, upper case, signs, ids of zeros and other lengths are malformed.
    pub(super) fn parse(field: &[u8]) -> Option<Self> {
        let field = field.trim_ascii();
        let (head, tail) = field.split_at_checked(LENGTH)?;
        let [version] = decode_hex(&head[..2])?;
        let trace_id = u128::from_be_bytes(decode_hex(&head[3..35])?);
        let span_id = u64::from_be_bytes(decode_hex(&head[36..52])?);
        let [flags] = decode_hex(&head[53..])?;
        let dashes = [2, 35, 52].iter().all(|at| head[*at] == b'-');
        let known = match version {
            0x00 => tail.is_empty(),
            0xff => false,
            _ => tail.first().is_none_or(|byte| *byte == b'-'),
        };
        (dashes && known && trace_id != 0 && span_id != 0).then_some(Self {
            trace_id,
            span_id,
            flags: known_flags(flags),
        })
    }

    /// Returns the field, as version 00.
    pub(super) fn text(&self) -> TraceparentText {
        let mut text = TraceparentText(*b"00-00000000000000000000000000000000-0000000000000000-00");
        encode_hex(&self.trace_id.to_be_bytes(), &mut text.0[3..35]);
        encode_hex(&self.span_id.to_be_bytes(), &mut text.0[36..52]);
        encode_hex(&[self.flags], &mut text.0[53..]);
        text
    }
}

/// The text of a field, inline.
#[derive(Clone, Copy, Debug)]
pub(super) struct TraceparentText([u8; LENGTH]);

impl TraceparentText {
    pub(super) fn as_str(&self) -> &str {
        // It is always ASCII, because only `Traceparent::text` makes it.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// Decodes `N` bytes of lower-case digits.
fn decode_hex<const N: usize>(digits: &[u8]) -> Option<[u8; N]> {
    let value = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let mut bytes = [0; N];
    for (pair, byte) in digits.chunks_exact(2).zip(&mut bytes) {
        *byte = value(pair[0])? << 4 | value(pair[1])?;
    }
    Some(bytes)
}

fn encode_hex(bytes: &[u8], output: &mut [u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for (byte, pair) in bytes.iter().zip(output.chunks_exact_mut(2)) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
}
