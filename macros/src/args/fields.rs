//! The entries of `fields(..)`.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens as _, quote};
use syn::ext::IdentExt as _;
use syn::parse::{ParseStream, Parser as _};
use syn::{Error, Expr, LitStr, Token};

use super::{Format, separator, up_to_comma};
use crate::diag::Diagnostics;

/// A value to record on the span before the run.
pub(crate) struct Field {
    pub(crate) key: LitStr,
    /// `None` for a value that is recorded as what it is.
    pub(crate) format: Option<Format>,
    pub(crate) value: TokenStream,
}

/// Reads the entries; what is wrong is reported, and left out.
pub(super) fn parse(entries: TokenStream, diagnostics: &mut Diagnostics) -> Vec<Field> {
    let mut fields: Vec<Field> = Vec::new();
    let mut keys: Vec<String> = Vec::new();
    let parser = |input: ParseStream<'_>| {
        while !input.is_empty() {
            match entry(input) {
                Ok((
                    Key {
                        text: key, tokens, ..
                    },
                    field,
                )) => {
                    if keys.contains(&key) {
                        let message = format!(
                            "the field `{key}` is given twice: remove this one, or give it another key"
                        );
                        diagnostics.error(tokens, message);
                    } else {
                        keys.push(key);
                        fields.extend(field);
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
    fields
}

/// `None` for a field that is only declared: `key = Empty`.
fn entry(input: ParseStream<'_>) -> syn::Result<(Key, Option<Field>)> {
    let sigil = Sigil::parse(input)?;
    let key = Key::parse(input)?;
    let text = &key.text;
    let literal = LitStr::new(text, first_span(&key.tokens));
    if text.trim().is_empty() {
        let message = "a field's key is empty: write `\"key\" = expression`";
        return Err(Error::new_spanned(key.tokens, message));
    }
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
        let is_empty =
            format.is_none() && matches!(&value, Expr::Path(value) if value.path.is_ident("Empty"));
        let field = (!is_empty).then(|| Field {
            key: literal,
            format,
            value: value.into_token_stream(),
        });
        return Ok((key, field));
    }
    let Some(value) = key.path.clone() else {
        let message = format!("the field `{text}` has no value: write `\"{text}\" = expression`");
        return Err(Error::new_spanned(key.tokens, message));
    };
    if !input.is_empty() && !input.peek(Token![,]) {
        let message = "a value that is not a plain path needs a key: write `key = expression`";
        return Err(input.error(message));
    }
    let field = Field {
        key: literal,
        format: sigil.map(Sigil::format),
        value,
    };
    Ok((key, Some(field)))
}

/// What stands before `=`, or in place of key and value.
struct Key {
    text: String,
    tokens: TokenStream,
    /// The value that the key stands for where no other is given.
    path: Option<TokenStream>,
}

impl Key {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.peek(LitStr) {
            let key: LitStr = input.parse()?;
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
}

/// `%` or `?`, as `tracing` has them.
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

fn first_span(tokens: &TokenStream) -> proc_macro2::Span {
    let first = tokens.clone().into_iter().next();
    first.map_or_else(proc_macro2::Span::call_site, |token| token.span())
}
