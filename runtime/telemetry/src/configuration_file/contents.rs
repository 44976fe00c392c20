//! The text of a file.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;

/// The examples of the schema's repository have up to 10 KiB.
const MAX_SIZE: u64 = 1024 * 1024;

/// Returns the text, or a sentence without a subject.
pub(super) fn read(path: &Path) -> Result<String, String> {
    // OpenTelemetry specification, "Configuration Data Model", "YAML file format".
    if !path
        .extension()
        .is_some_and(|it| it == "yaml" || it == "yml")
    {
        return Err("is expected to end in .yaml or .yml".to_owned());
    }
    let bytes = bytes(path)?;
    let text = String::from_utf8(bytes).map_err(|error| {
        format!(
            "is not UTF-8, from byte {} on",
            error.utf8_error().valid_up_to()
        )
    })?;
    Ok(match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    })
}

fn bytes(path: &Path) -> Result<Vec<u8>, String> {
    let unread = |error| format!("cannot be read: {error}");
    // To open a pipe would block.
    if !fs::metadata(path).map_err(unread)?.is_file() {
        return Err("is not a regular file".to_owned());
    }
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MAX_SIZE + 1).read_to_end(&mut bytes))
        .map_err(unread)?;
    if bytes.len() as u64 > MAX_SIZE {
        return Err(format!("has more than {MAX_SIZE} bytes"));
    }
    Ok(bytes)
}
