//! Collects the errors, so that all of them are reported at once, each at its token.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::Error;

/// The errors found so far.
#[derive(Default)]
pub(crate) struct Diagnostics {
    errors: Vec<Error>,
}

impl Diagnostics {
    /// Reports an error that underlines `tokens`, which must not be empty.
    pub(crate) fn error(&mut self, tokens: impl ToTokens, message: impl std::fmt::Display) {
        self.errors.push(Error::new_spanned(tokens, message));
    }

    /// Reports an error that has its span already.
    pub(crate) fn report(&mut self, error: Error) {
        self.errors.push(error);
    }

    /// Returns the value, or reports the error.
    pub(crate) fn ok<T>(&mut self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.report(error)).ok()
    }

    /// Returns the number of errors, so that a caller can see whether a step added one.
    pub(crate) fn count(&self) -> usize {
        self.errors.len()
    }

    /// Returns one `compile_error!` for each error.
    pub(crate) fn into_compile_errors(self) -> TokenStream {
        self.errors
            .into_iter()
            .map(Error::into_compile_error)
            .collect()
    }

    #[cfg(test)]
    pub(crate) fn messages(&self) -> Vec<String> {
        self.errors
            .iter()
            .flat_map(|error| error.into_iter().map(|error| error.to_string()))
            .collect()
    }
}

/// Returns the candidate that `word` most likely means: one that it begins, that begins it, or that
/// it misspells.
pub(crate) fn did_you_mean<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let word = word.to_lowercase();
    candidates
        .into_iter()
        .filter_map(|candidate| {
            let extends = |long: &str, short: &str| short.len() >= 3 && long.starts_with(short);
            // Two neighbours that are swapped count once.
            let distance = strsim::osa_distance(&word, candidate);
            let is_near = distance <= (candidate.len() / 3).max(1)
                || extends(&word, candidate)
                || extends(candidate, &word);
            is_near.then_some((distance, candidate))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: [&str; 4] = ["name", "kind", "fields", "err"];

    #[test]
    fn misspelt_words_find_their_meaning() {
        for (word, meaning) in [
            ("nam", "name"),
            ("nmae", "name"),
            ("Kind", "kind"),
            ("field", "fields"),
            ("feilds", "fields"),
            ("error", "err"),
        ] {
            assert_eq!(did_you_mean(word, WORDS), Some(meaning), "{word}");
        }
    }

    #[test]
    fn other_words_find_nothing() {
        for word in ["level", "skip", "x", "parent"] {
            assert_eq!(did_you_mean(word, WORDS), None, "{word}");
        }
    }

    #[test]
    fn every_error_is_reported() {
        let mut diagnostics = Diagnostics::default();
        diagnostics.error(quote::quote!(a), "first");
        diagnostics.error(quote::quote!(b), "second");
        assert_eq!(diagnostics.count(), 2);
        let errors = diagnostics.into_compile_errors().to_string();
        assert_eq!(errors.matches("compile_error").count(), 2);
        assert!(errors.contains("first") && errors.contains("second"));
    }
}
