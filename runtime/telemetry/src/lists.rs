//! Lists of names and of `key=value`, separated by commas.

use percent_encoding::percent_decode_str;

/// Returns the entries that are not empty.
pub(crate) fn entries(list: &str) -> impl Iterator<Item = &str> {
    list.split(',')
        .map(str::trim)
        .filter(|entry| !entry.is_empty())
}

/// Returns the key and the value, decoded.
pub(crate) fn pair(entry: &str) -> Result<(String, String), &'static str> {
    let (key, value) = entry.split_once('=').ok_or("has no `=`")?;
    let (key, value) = (decode(key.trim())?, decode(value.trim())?);
    if key.is_empty() {
        return Err("has no key");
    }
    Ok((key, value))
}

/// Decodes `%20` and its like.
pub(crate) fn decode(text: &str) -> Result<String, &'static str> {
    let mut escapes = text.split('%').skip(1);
    let is_hex = |escape: &str| {
        let digits = escape.as_bytes().iter().take(2);
        digits.filter(|digit| digit.is_ascii_hexdigit()).count() == 2
    };
    if !escapes.all(is_hex) {
        return Err("has a `%` without two hexadecimal digits");
    }
    let decoded = percent_decode_str(text).decode_utf8();
    decoded
        .map(Into::into)
        .map_err(|_| "is not UTF-8 once it is decoded")
}
