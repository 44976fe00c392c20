//! The headers of a collector: their values are secrets, and stand in no error.

use http::header::{
    CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HOST, TRANSFER_ENCODING,
};
use http::{HeaderName, HeaderValue};

use crate::lists;

/// Those that describe the message.
const OWN: [HeaderName; 6] = [
    CONNECTION,
    CONTENT_ENCODING,
    CONTENT_LENGTH,
    CONTENT_TYPE,
    HOST,
    TRANSFER_ENCODING,
];

/// Returns the header of an entry `key=value`, or a clause about the entry.
pub(crate) fn parse(entry: &str) -> Result<(HeaderName, HeaderValue), &'static str> {
    let (name, value) = lists::pair(entry)?;
    header(&name, &value)
}

/// Returns the header, or a clause about the problem.
pub(crate) fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), &'static str> {
    let name = HeaderName::from_bytes(name.as_bytes())
        .map_err(|_| "has a character in its name that no header may have")?;
    if OWN.contains(&name) {
        return Err("is a header that the exporter sets itself");
    }
    if value.is_empty() {
        return Err("has no value");
    }
    if !value.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Err("has a character in its value that no header may have");
    }
    let mut value = HeaderValue::try_from(value)
        .map_err(|_| "has a character in its value that no header may have")?;
    value.set_sensitive(true);
    Ok((name, value))
}
