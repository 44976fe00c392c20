//! The source of the settings: the environment, or the file that it names.

use std::ffi::OsString;

use crate::environment::{self, EnvironmentWarning};
use crate::error::InitError;
use crate::settings::Settings;

pub(crate) const CONFIG_FILE: &str = "OTEL_CONFIG_FILE";

/// Reads the settings. Returns none if the SDK is disabled. `has_exporter` is true if one is set in
/// code.
///
/// With a file, all other variables are ignored: OpenTelemetry specification, "Environment Variables",
/// "Declarative configuration".
#[cfg_attr(
    not(feature = "config-file"),
    expect(clippy::unnecessary_wraps, reason = "a file may be wrong")
)]
pub(crate) fn read(
    lookup: impl Fn(&str) -> Option<OsString>,
    has_exporter: bool,
) -> Result<(Option<Settings>, Vec<EnvironmentWarning>), InitError> {
    let Some(file) = lookup(CONFIG_FILE).filter(|file| !file.is_empty()) else {
        return Ok(environment::read(lookup, has_exporter));
    };
    #[cfg(feature = "config-file")]
    {
        let path = std::path::Path::new(&file);
        let (settings, warnings) = crate::configuration_file::read(path, &lookup, has_exporter)?;
        Ok((Some(settings), warnings))
    }
    #[cfg(not(feature = "config-file"))]
    {
        let (settings, mut warnings) = environment::read(lookup, has_exporter);
        let warning =
            EnvironmentWarning::not_built_in(CONFIG_FILE, &file.to_string_lossy(), "config-file");
        warnings.insert(0, warning);
        Ok((settings, warnings))
    }
}
