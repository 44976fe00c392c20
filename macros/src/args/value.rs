//! Parses the value of an argument.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use syn::parse::{Parse, ParseStream, Parser as _};
use syn::{Error, Lit, LitBool, LitInt, LitStr, Path, Token};

use super::{Usage, up_to_comma};

/// A word, written as an identifier or as a string.
pub(crate) struct Word {
    pub(crate) text: String,
    pub(crate) span: Span,
}

/// A length of time.
pub(crate) struct Time {
    pub(crate) keyword: Ident,
    pub(crate) nanoseconds: u64,
}

/// An argument that is on or off, or on in one of the modes that `W` lists.
pub(crate) struct Toggle<W> {
    pub(crate) keyword: Ident,
    pub(crate) setting: Setting<W>,
}

/// The setting of a toggle.
pub(crate) enum Setting<W> {
    Off,
    /// The mode is chosen by the type.
    On,
    /// In this mode, whose name has this span.
    By(W, Span),
}

/// The modes in which a toggle can be on.
pub(super) trait Mode: Sized {
    /// The values of the toggle, for the errors.
    const TAKES: &str;

    fn named(name: &Ident) -> Option<Self>;
}

/// The trait that formats a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Display,
    Debug,
}

impl Mode for Format {
    const TAKES: &str = "`Debug`, `Display`, `true` or `false`";

    fn named(name: &Ident) -> Option<Self> {
        match name.to_string().as_str() {
            "Debug" => Some(Self::Debug),
            "Display" => Some(Self::Display),
            _ => None,
        }
    }
}

/// The values that are errors, and the trait that formats them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failing {
    /// The error of a `Result`.
    Err(Format),
    /// The `None` of an `Option`.
    None,
}

impl Mode for Failing {
    const TAKES: &str = "`Debug`, `Display`, `None`, `true` or `false`";

    fn named(name: &Ident) -> Option<Self> {
        if name == "None" {
            return Some(Self::None);
        }
        Format::named(name).map(Self::Err)
    }
}

/// The relation of a `tracing` worker span to its caller's span, as a mode of `tracing`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parenting {
    /// A root, which does not keep the caller's span open.
    Detached,
}

impl Mode for Parenting {
    const TAKES: &str = "`detached`, `true` or `false`";

    fn named(name: &Ident) -> Option<Self> {
        (name == "detached").then_some(Self::Detached)
    }
}

/// The tokens that follow an argument's name.
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
    pub(super) fn word(self, usage: &Usage, takes: &str) -> syn::Result<Word> {
        self.assigned(usage, takes)
    }

    /// `batch = 64`, at least one.
    pub(super) fn count(self, usage: &Usage) -> syn::Result<usize> {
        const TAKES: &str = "a number, 1 at least";
        let literal: LitInt = self.assigned(usage, TAKES)?;
        match literal.base10_parse() {
            Ok(0) | Err(_) => Err(Error::new_spanned(literal, usage.message(TAKES))),
            Ok(number) => Ok(number),
        }
    }

    /// `linger = "5ms"`.
    pub(super) fn time(self, usage: &Usage) -> syn::Result<Time> {
        const TAKES: &str = "a whole number and its unit, `ns`, `us`, `ms` or `s`, as a string";
        let literal: LitStr = self.assigned(usage, TAKES)?;
        let Some(nanoseconds) = nanoseconds(&literal.value()) else {
            return Err(Error::new_spanned(literal, usage.message(TAKES)));
        };
        Ok(Time {
            keyword: usage.name.clone(),
            nanoseconds,
        })
    }

    /// `worker = Name`.
    pub(super) fn name(self, usage: &Usage) -> syn::Result<Ident> {
        self.assigned(usage, "the name of the worker's type, without quotes")
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

    /// `err`, `err = false`, or `err(mode)`.
    pub(super) fn toggle<W: Mode>(self, usage: &Usage) -> syn::Result<Toggle<W>> {
        let setting = match self {
            Self::None => Setting::On,
            Self::Assigned(..) => match self.assigned::<LitBool>(usage, W::TAKES)? {
                LitBool { value: true, .. } => Setting::On,
                LitBool { value: false, .. } => Setting::Off,
            },
            Self::List(ref group) => {
                let name = syn::parse2::<Ident>(group.stream()).ok();
                let mode = name.and_then(|name| Some((W::named(&name)?, name.span())));
                match mode {
                    Some((mode, span)) => Setting::By(mode, span),
                    None => return Err(self.mistyped(usage, W::TAKES)),
                }
            }
        };
        Ok(Toggle {
            keyword: usage.name.clone(),
            setting,
        })
    }

    pub(super) fn assigned<T: Parse>(self, usage: &Usage, takes: &str) -> syn::Result<T> {
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

    fn mistyped(&self, usage: &Usage, takes: &str) -> Error {
        let message = usage.message(takes);
        match self {
            Self::Assigned(_, tokens) if !tokens.is_empty() => {
                Error::new_spanned(tokens.iter().cloned().collect::<TokenStream>(), message)
            }
            Self::Assigned(equals, _) => Error::new_spanned(equals, message),
            Self::List(group) if !group.stream().is_empty() => {
                Error::new_spanned(group.stream(), message)
            }
            Self::List(group) => Error::new_spanned(group, message),
            Self::None => Error::new_spanned(&usage.name, message),
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

impl Usage {
    /// Returns the error about a value that the argument does not take.
    pub(super) fn message(&self, takes: &str) -> String {
        let Self { name, example } = self;
        format!("`{name}` takes {takes}: write `{example}`")
    }
}

/// Returns `None` if the text is not a time, or one of centuries.
fn nanoseconds(text: &str) -> Option<u64> {
    let text = text.trim();
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
    let unit = match unit.trim_start() {
        "ns" => 1,
        "us" | "µs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(unit)
}
