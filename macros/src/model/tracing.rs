//! `tracing`, `level`, `target`: the worker span as a span of the crate `tracing`.

use syn::LitStr;

use crate::args::{Level, LevelName, Parenting, Setting, Target, Toggle};
use crate::diag::Diagnostics;

/// A worker span that is a span of `tracing`.
pub(crate) struct Tracing {
    /// The span is a root in `tracing`, and does not keep its caller's span open.
    pub(crate) is_detached: bool,
    /// `None`: the usual one.
    pub(crate) level: Option<LevelName>,
    /// `None`: the path of the module.
    pub(crate) target: Option<LitStr>,
    /// The keys of the fields that the function sets.
    pub(crate) empty_fields: Vec<LitStr>,
    /// An `Err` is an event, too.
    pub(crate) has_error_event: bool,
    /// The returned value is an event.
    pub(crate) has_return_event: bool,
}

/// Checks the arguments; the fields and events are not known yet.
pub(super) fn of(
    tracing: Option<Toggle<Parenting>>,
    level: Option<Level>,
    target: Option<Target>,
    diagnostics: &mut Diagnostics,
) -> Option<Tracing> {
    let tracing = tracing.filter(|tracing| !matches!(tracing.setting, Setting::Off));
    let Some(Toggle { keyword, setting }) = tracing else {
        let level = level.map(|level| level.keyword);
        for keyword in level.into_iter().chain(target.map(|target| target.keyword)) {
            let message = format!(
                "`{keyword}` is that of a `tracing` span: add `tracing`, or leave out `{keyword}`"
            );
            diagnostics.error(&keyword, message);
        }
        return None;
    };
    if !cfg!(feature = "tracing") {
        let message = "`tracing` needs the feature `tracing` of the crate `traced-worker`: write \
                       `traced-worker = { .., features = [\"tracing\"] }` in Cargo.toml";
        diagnostics.error(&keyword, message);
        return None;
    }
    Some(Tracing {
        is_detached: matches!(setting, Setting::By(Parenting::Detached, _)),
        level: level.map(|level| level.name),
        target: target.map(|target| target.text),
        empty_fields: Vec::new(),
        has_error_event: false,
        has_return_event: false,
    })
}
