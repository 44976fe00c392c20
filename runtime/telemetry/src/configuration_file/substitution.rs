//! The substitution of environment variables: OpenTelemetry specification, "Configuration Data Model",
//! "Environment variable substitution".

use std::ffi::OsString;

const EXPECTED: &str = "expected ${NAME}, ${env:NAME} or ${NAME:-default} in printable ASCII, and $$ \
                        for a $ that is no reference";

/// Returns the text with its references replaced, or `None` if there are none. A value is never read for
/// references itself. A text of more than some `max` bytes is an error.
pub(super) fn substitute(
    text: &str,
    lookup: &dyn Fn(&str) -> Option<OsString>,
    max: usize,
) -> Result<Option<String>, String> {
    let mut output = String::new();
    let mut is_replaced = false;
    // An escape parts the references: none reaches over it.
    for (index, part) in text.split("$$").enumerate() {
        if index > 0 {
            output.push('$');
        }
        let mut rest = part;
        while let Some((before, reference, after)) = next_reference(rest) {
            output.push_str(before);
            output.push_str(&value(reference, lookup)?);
            is_replaced = true;
            if output.len() > max {
                return Err("has too much text, with its variables".to_owned());
            }
            rest = after;
        }
        output.push_str(rest);
    }
    Ok((is_replaced || output != text).then_some(output))
}

/// Returns the text before the first reference, the part between its braces, and the text behind it.
fn next_reference(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    loop {
        let start = from + text[from..].find("${")?;
        let inside = start + 2;
        let end = inside + text[inside..].find('}')?;
        // `${}` is no reference.
        if end > inside {
            return Some((&text[..start], &text[inside..end], &text[end + 1..]));
        }
        from = end;
    }
}

fn value(reference: &str, lookup: &dyn Fn(&str) -> Option<OsString>) -> Result<String, String> {
    let is_printable = |byte: u8| matches!(byte, b' '..=b'~' | b'\t');
    // A variable may be called `env`: `${env:-x}`.
    let parsed = name_and_default(reference)
        .or_else(|| reference.strip_prefix("env:").and_then(name_and_default))
        .filter(|_| reference.bytes().all(is_printable));
    // The reference itself may hold a key.
    let (name, default) =
        parsed.ok_or_else(|| format!("has a ${{..}} that is no reference: {EXPECTED}"))?;
    let value = match lookup(name) {
        Some(value) => value
            .into_string()
            .map_err(|_| format!("refers to the variable {name}, which is not UTF-8"))?,
        None => String::new(),
    };
    Ok(if value.is_empty() {
        default.unwrap_or_default().to_owned()
    } else {
        value
    })
}

fn name_and_default(reference: &str) -> Option<(&str, Option<&str>)> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let end = reference.find(|c| !is_part(c)).unwrap_or(reference.len());
    let (name, rest) = reference.split_at(end);
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    if rest.is_empty() {
        return Some((name, None));
    }
    Some((name, Some(rest.strip_prefix(":-")?)))
}
