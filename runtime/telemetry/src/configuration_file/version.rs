//! `file_format`: the version of the schema.

use super::node::{Kind, Scalar};
use super::property::{Mapping, Property};

/// The newest minor version of 1 that is known here.
const MINOR: u32 = 1;

/// opentelemetry-configuration, "Versioning", "File format": another major version is an error, a newer
/// minor one is warned of.
pub(super) fn check(file: &mut Mapping<'_>) {
    let Some(format) = file.required("file_format") else {
        return;
    };
    match version(&format) {
        Some((1, minor)) if minor > MINOR => {
            format.warn(format_args!(
                "is newer than 1.{MINOR}, the version that is known here"
            ));
        }
        Some((1, _)) => {}
        _ => format.unexpected("\"1.0\" or \"1.1\""),
    }
}

/// The specification's own examples have it without quotes, too.
fn version(format: &Property<'_>) -> Option<(u32, u32)> {
    let Kind::Scalar(Scalar {
        shown: Some(text), ..
    }) = &format.node().kind
    else {
        return parse(format.text()?);
    };
    parse(text)
}

fn parse(text: &str) -> Option<(u32, u32)> {
    // A pre-release: 1.0-rc.2.
    let version = text.split_once('-').map_or(text, |(version, _)| version);
    let (major, minor) = version.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}
