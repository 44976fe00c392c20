//! Colours.

use std::fmt::Display;

use anstyle::{AnsiColor, Style};

pub(super) const HEADER: Style = Style::new().bold();
pub(super) const BAR: Style = AnsiColor::Cyan.on_default();
pub(super) const ERROR: Style = AnsiColor::Red.on_default();
pub(super) const QUIET: Style = Style::new().dimmed();
pub(super) const PLAIN: Style = Style::new();

/// `text` in `style`, or as it is without colours.
pub(super) fn paint(color: bool, style: Style, text: impl Display) -> String {
    if color {
        format!("{style}{text}{style:#}")
    } else {
        text.to_string()
    }
}
