//! The level of a span of `tracing`, written as `#[instrument]` takes it.

use proc_macro2::Ident;
use syn::{Error, Lit, Path};

use super::Usage;
use super::value::Value;

/// `level = ..`.
pub(crate) struct Level {
    pub(crate) keyword: Ident,
    pub(crate) name: LevelName,
}

/// A level of `tracing`, as it is written.
pub(crate) enum LevelName {
    /// The name of a constant of `tracing::Level`.
    Constant(&'static str),
    /// The path to a level.
    Path(Path),
}

/// The levels of `tracing`, from 1 to 5.
const LEVELS: [&str; 5] = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR"];

impl Value {
    /// `level = "debug"`, `level = Level::DEBUG` or `level = 2`.
    pub(super) fn level(self, usage: &Usage) -> syn::Result<Level> {
        const TAKES: &str = "`\"trace\"`, `\"debug\"`, `\"info\"`, `\"warn\"`, `\"error\"`, a number \
                             from 1 to 5, or the path to a level";
        if let Self::Assigned(_, tokens) = &self
            && let Ok(path) = syn::parse2::<Path>(tokens.iter().cloned().collect())
        {
            return Ok(Level {
                keyword: usage.name.clone(),
                name: LevelName::Path(path),
            });
        }
        let literal: Lit = self.assigned(usage, TAKES)?;
        let position = match &literal {
            Lit::Str(text) => LEVELS
                .iter()
                .position(|level| text.value().eq_ignore_ascii_case(level)),
            Lit::Int(number) => number
                .base10_parse::<usize>()
                .ok()
                .and_then(|number| number.checked_sub(1)),
            _ => None,
        };
        match position.and_then(|position| LEVELS.get(position)) {
            Some(level) => Ok(Level {
                keyword: usage.name.clone(),
                name: LevelName::Constant(level),
            }),
            None => Err(Error::new_spanned(literal, usage.message(TAKES))),
        }
    }
}
