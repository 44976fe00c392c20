//! Lists of names, separated by commas.

use super::{Environment, EnvironmentWarning, Variable};
use crate::lists::entries;

/// Returns the names that `parse` knows, each once, in their order, or `None` if the list has none of
/// them. The list of `none` is empty. Names that are not known are warned of.
pub(super) fn read<T: PartialEq>(
    environment: &Environment<'_>,
    variable: &Variable,
    parse: impl Fn(&str) -> Result<T, EnvironmentWarning>,
) -> Option<Vec<T>> {
    let mut known = Vec::new();
    let mut is_none = false;
    for name in entries(&variable.value).map(str::to_ascii_lowercase) {
        match parse(&name) {
            _ if name == "none" => is_none = true,
            Ok(it) if known.contains(&it) => {}
            Ok(it) => known.push(it),
            Err(warning) => environment.warn(warning),
        }
    }
    if is_none && !known.is_empty() {
        environment.warn(variable.unexpected("none alone, or a list without it"));
    }
    (is_none || !known.is_empty()).then_some(known)
}
