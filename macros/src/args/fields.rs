//! The entries of `fields(..)`.

mod control_flow;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens as _, quote};
use syn::ext::IdentExt as _;
use syn::parse::{ParseStream, Parser as _};
use syn::{Error, Expr, LitStr, Token};

use super::{Format, separator, up_to_comma};
use crate::diag::Diagnostics;

/// The keys that the runtime sets, and after a `.` the beginnings of such keys.
const RESERVED: [&str; 7] = [
    "thread.id",
    "thread.name",
    "error.type",
    "messaging.batch.message_count",
    "code.",
    "exception.",
    "traced_worker.",
];

/// A value to record on the span before the run.
pub(crate) struct Field {
    pub(crate) key: LitStr,
    /// `None` for a value that is recorded natively.
    pub(crate) format: Option<Format>,
    pub(crate) value: TokenStream,
}

/// Reads the entries: those with a value, and the keys of those without. What is wrong is reported,
/// and left out.
pub(super) fn parse(
    entries: TokenStream,
    diagnostics: &mut Diagnostics,
) -> (Vec<Field>, Vec<LitStr>) {
    let mut fields: Vec<Field> = Vec::new();
    let mut empty: Vec<LitStr> = Vec::new();
    let mut keys: Vec<String> = Vec::new();
    let parser = |input: ParseStream<'_>| {
        while !input.is_empty() {
            match Entry::parse(input) {
                Ok(entry) => {
                    let key = entry.key.text.clone();
                    if keys.contains(&key) {
                        let message = format!(
                            "the field `{key}` is given twice: remove this one, or give it another key"
                        );
                        diagnostics.error(entry.key.tokens, message);
                    } else {
                        keys.push(key);
                        if entry.value.is_none() {
                            empty.push(LitStr::new(&entry.key.text, entry.key.span()));
                        }
                        fields.extend(entry.into_field(diagnostics));
                    }
                    separator(input, diagnostics);
                }
                Err(error) => {
                    diagnostics.report(error);
                    up_to_comma(input);
                    let _: syn::Result<Token![,]> = input.parse();
                }
            }
        }
        Ok(())
    };
    // The parser reports everything itself, and reads to the end.
    let _: syn::Result<()> = parser.parse2(entries);
    (fields, empty)
}

/// One entry, as it is written.
struct Entry {
    key: Key,
    /// `None` for a field that is only declared: `key = Empty`.
    value: Option<(Option<Format>, TokenStream)>,
}

impl Entry {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let sigil = Sigil::parse(input)?;
        let key = Key::parse(input)?;
        let text = &key.text;
        if input.peek(Token![=]) && !input.peek(Token![==]) {
            if let Some(sigil) = sigil {
                let message = format!(
                    "the `{0}` goes to the value: write `{text} = {0}expression`",
                    sigil.0
                );
                return Err(Error::new_spanned(sigil.1, message));
            }
            let equals: Token![=] = input.parse()?;
            let format = Sigil::parse(input)?.map(Sigil::format);
            if input.is_empty() || input.peek(Token![,]) {
                let message = format!("`{text}` has no value: write `{text} = expression`");
                return Err(Error::new_spanned(equals, message));
            }
            let value: Expr = input.parse()?;
            let is_empty = format.is_none()
                && matches!(&value, Expr::Path(value) if value.path.is_ident("Empty"));
            let value = (!is_empty).then(|| (format, value.into_token_stream()));
            return Ok(Self { key, value });
        }
        let Some(value) = key.path.clone() else {
            let message =
                format!("the field `{text}` has no value: write `\"{text}\" = expression`");
            return Err(Error::new_spanned(key.tokens, message));
        };
        if !input.is_empty() && !input.peek(Token![,]) {
            let message = "a value that is not a plain path needs a key: write `key = expression`";
            return Err(input.error(message));
        }
        let value = Some((sigil.map(Sigil::format), value));
        Ok(Self { key, value })
    }

    /// The field, if it is in order and has a value.
    fn into_field(self, diagnostics: &mut Diagnostics) -> Option<Field> {
        let Self { key, value } = self;
        let before = diagnostics.count();
        let text = &key.text;
        if is_reserved(text) {
            let message = format!("`{text}` is set by traced-worker: give the field another key");
            diagnostics.error(&key.tokens, message);
        }
        let (format, value) = value?;
        control_flow::check(&value, diagnostics);
        (diagnostics.count() == before).then(|| Field {
            key: LitStr::new(text, key.span()),
            format,
            value,
        })
    }
}

fn is_reserved(key: &str) -> bool {
    RESERVED
        .iter()
        .any(|reserved| key == *reserved || (reserved.ends_with('.') && key.starts_with(reserved)))
}

/// The tokens before `=`, or of a field that is its own key.
struct Key {
    text: String,
    tokens: TokenStream,
    /// The value that the key stands for if no other is given.
    path: Option<TokenStream>,
}

impl Key {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.peek(LitStr) {
            let key: LitStr = input.parse()?;
            if key.value().trim().is_empty() {
                let message = "a field's key is empty: write `\"key\" = expression`";
                return Err(Error::new_spanned(key, message));
            }
            return Ok(Self {
                text: key.value(),
                tokens: key.to_token_stream(),
                path: None,
            });
        }
        if !input.peek(Ident::peek_any) {
            let message = "expected a field: write `key = expression`, or the path to a value";
            return Err(input.error(message));
        }
        let segment = input.call(Ident::parse_any)?;
        let mut text = segment.unraw().to_string();
        let mut tokens = segment.to_token_stream();
        while input.peek(Token![.]) && input.peek2(Ident::peek_any) {
            let dot: Token![.] = input.parse()?;
            let segment = input.call(Ident::parse_any)?;
            text.push('.');
            text += &segment.unraw().to_string();
            tokens.extend(quote!(#dot #segment));
        }
        Ok(Self {
            text,
            path: Some(tokens.clone()),
            tokens,
        })
    }

    fn span(&self) -> Span {
        let first = self.tokens.clone().into_iter().next();
        first.map_or_else(Span::call_site, |token| token.span())
    }
}

/// `%` or `?`, which have the meaning that they have in `tracing`.
struct Sigil(char, TokenStream);

impl Sigil {
    fn parse(input: ParseStream<'_>) -> syn::Result<Option<Self>> {
        Ok(if input.peek(Token![%]) {
            Some(Self('%', input.parse::<Token![%]>()?.into_token_stream()))
        } else if input.peek(Token![?]) {
            Some(Self('?', input.parse::<Token![?]>()?.into_token_stream()))
        } else {
            None
        })
    }

    fn format(self) -> Format {
        if self.0 == '%' {
            Format::Display
        } else {
            Format::Debug
        }
    }
}
