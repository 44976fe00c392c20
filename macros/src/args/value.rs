//! The value of an argument, read as what the argument takes.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use syn::parse::{Parse, ParseStream, Parser as _};
use syn::{Error, Lit, LitBool, LitStr, Path, Token};

use super::{Usage, up_to_comma};

/// A word, written as an identifier or as a string.
pub(crate) struct Word {
    pub(crate) text: String,
    pub(crate) span: Span,
}

/// An argument that is on or off, or on in one of two formats.
pub(crate) struct Switch {
    pub(crate) keyword: Ident,
    pub(crate) setting: Setting,
}

/// What a switch is set to.
pub(crate) enum Setting {
    Off,
    /// The format is chosen by the type.
    On,
    /// In this format, whose name stands at this place.
    By(Format, Span),
}

/// How a value is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Display,
    Debug,
}

/// What follows an argument's name.
pub(super) enum Value {
    None,
    Assigned(Token![=], Vec<TokenTree>),
    List(Group),
}

impl Value {
    /// `name = "text"`, not empty.
    pub(super) fn text(self, usage: &Usage) -> syn::Result<LitStr> {
        let text: LitStr = self.assigned(usage, "a string")?;
        if text.value().trim().is_empty() {
            let message = format!(
                "`{}` is empty: write `{}`, or leave it out",
                usage.name, usage.example
            );
            return Err(Error::new_spanned(text, message));
        }
        Ok(text)
    }

    /// `kind = word` or `kind = "word"`.
    pub(super) fn word(self, usage: &Usage) -> syn::Result<Word> {
        self.assigned(usage, "a span kind")
    }

    /// `crate = path`.
    pub(super) fn path(self, usage: &Usage) -> syn::Result<Path> {
        struct ModPath(Path);
        impl Parse for ModPath {
            fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
                input.call(Path::parse_mod_style).map(Self)
            }
        }
        Ok(self.assigned::<ModPath>(usage, "a path, without quotes")?.0)
    }

    /// `fields(..)`, not empty.
    pub(super) fn list(self, usage: &Usage) -> syn::Result<TokenStream> {
        let Self::List(group) = self else {
            return Err(self.mistyped(usage, "a list in parentheses"));
        };
        if group.stream().is_empty() {
            let message = format!(
                "`{}` is empty: write `{}`, or leave it out",
                usage.name, usage.example
            );
            return Err(Error::new_spanned(group, message));
        }
        Ok(group.stream())
    }

    /// `err`, `err = false`, `err(Debug)` or `err(Display)`.
    pub(super) fn switch(self, usage: &Usage) -> syn::Result<Switch> {
        const TAKES: &str = "`Debug`, `Display`, `true` or `false`";
        let setting = match self {
            Self::None => Setting::On,
            Self::Assigned(..) => match self.assigned::<LitBool>(usage, TAKES)? {
                LitBool { value: true, .. } => Setting::On,
                LitBool { value: false, .. } => Setting::Off,
            },
            Self::List(ref group) => match syn::parse2::<Ident>(group.stream()) {
                Ok(format) if format == "Debug" => Setting::By(Format::Debug, format.span()),
                Ok(format) if format == "Display" => Setting::By(Format::Display, format.span()),
                _ => return Err(self.mistyped(usage, TAKES)),
            },
        };
        Ok(Switch {
            keyword: usage.name.clone(),
            setting,
        })
    }

    fn assigned<T: Parse>(self, usage: &Usage, takes: &str) -> syn::Result<T> {
        let Self::Assigned(_, tokens) = &self else {
            return Err(self.mistyped(usage, takes));
        };
        let mut rest = None;
        let parser = |input: ParseStream<'_>| {
            let value = input.parse()?;
            rest = up_to_comma(input).into_iter().next();
            Ok(value)
        };
        match (parser.parse2(tokens.iter().cloned().collect()), rest) {
            (Ok(value), None) => Ok(value),
            // `name = "a" kind = consumer`
            (Ok(_), Some(rest @ TokenTree::Ident(_))) => {
                Err(Error::new_spanned(rest, "expected a `,` before this"))
            }
            _ => Err(self.mistyped(usage, takes)),
        }
    }

    fn mistyped(&self, Usage { name, example }: &Usage, takes: &str) -> Error {
        let message = format!("`{name}` takes {takes}: write `{example}`");
        match self {
            Self::Assigned(_, tokens) if !tokens.is_empty() => {
                Error::new_spanned(tokens.iter().cloned().collect::<TokenStream>(), message)
            }
            Self::Assigned(equals, _) => Error::new_spanned(equals, message),
            Self::List(group) if !group.stream().is_empty() => {
                Error::new_spanned(group.stream(), message)
            }
            Self::List(group) => Error::new_spanned(group, message),
            Self::None => Error::new_spanned(name, message),
        }
    }
}

impl Parse for Word {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if let Ok(Lit::Str(text)) = input.fork().parse() {
            input.parse::<Lit>()?;
            return Ok(Self {
                text: text.value(),
                span: text.span(),
            });
        }
        let ident: Ident = input.parse()?;
        Ok(Self {
            text: ident.to_string(),
            span: ident.span(),
        })
    }
}
