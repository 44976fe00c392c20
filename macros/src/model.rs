//! The worker: arguments and item brought together, and found to be in order.
//!
//! What is made here can be expanded without another question.

mod attributes;
mod ownership;
mod pattern;
mod signature;

use proc_macro2::{Span, TokenStream};
use quote::ToTokens as _;
use syn::ext::IdentExt as _;
use syn::{Generics, Ident, LitStr, Path, ReturnType, Visibility, parse_quote};

use crate::args::{Args, Setting, Switch, Word};
use crate::diag::{Diagnostics, did_you_mean};
use crate::item::Function;

pub(crate) use crate::args::{Field, Format};
pub(crate) use attributes::Carried;
pub(crate) use pattern::{Binding, Parameter};

/// A worker, ready to be expanded.
pub(crate) struct Worker {
    /// The path to the runtime crate.
    pub(crate) krate: Path,
    /// The user's function, as it was written.
    pub(crate) function: TokenStream,
    pub(crate) ident: Ident,
    pub(crate) visibility: Visibility,
    pub(crate) carried: Carried,
    pub(crate) generics: Generics,
    pub(crate) parameters: Vec<Parameter>,
    /// The place of the parameters, for what is said of all of them.
    pub(crate) parameters_span: Span,
    pub(crate) output: ReturnType,
    /// The name of the worker span.
    pub(crate) name: LitStr,
    /// The variant of `SpanKind`, if not the usual one.
    pub(crate) kind: Option<Ident>,
    /// The name of the span around a call.
    pub(crate) caller: Option<LitStr>,
    pub(crate) fields: Vec<Field>,
    pub(crate) failure: Option<Recording>,
    pub(crate) returned: Option<Recording>,
}

/// How something is recorded, and the place where that is said.
pub(crate) struct Recording {
    /// `None`: by its type.
    pub(crate) format: Option<Format>,
    pub(crate) span: Span,
}

impl Worker {
    /// Brings `args` and `item` together. Wrong arguments are reported and left out; what is wrong
    /// with the item is reported, and the item handed back.
    pub(crate) fn new(
        args: TokenStream,
        item: TokenStream,
        diagnostics: &mut Diagnostics,
    ) -> Result<Self, TokenStream> {
        let args = Args::parse(args, diagnostics);
        let Some(mut function) = diagnostics.ok(Function::parse(item.clone())) else {
            return Err(item);
        };
        let item = if attributes::remove_second(&mut function.attributes, diagnostics) {
            function.to_token_stream()
        } else {
            item
        };
        if !signature::check(&function, diagnostics) {
            return Err(item);
        }
        Ok(Self::assemble(args, &function, item, diagnostics))
    }

    fn assemble(
        args: Args,
        function: &Function,
        item: TokenStream,
        diagnostics: &mut Diagnostics,
    ) -> Self {
        let signature = &function.signature;
        let ident = &signature.ident;
        let returns = matches!(signature.output, ReturnType::Type(..));
        let failure = match args.err {
            Some(switch) => recording(switch, returns, diagnostics),
            None => returns.then(|| Recording {
                format: None,
                span: Span::mixed_site(),
            }),
        };
        Self {
            krate: args.krate.unwrap_or_else(|| parse_quote!(::traced_worker)),
            function: item,
            ident: ident.clone(),
            visibility: function.visibility.clone(),
            carried: Carried::of(&function.attributes),
            generics: signature.generics.clone(),
            parameters: signature.inputs.iter().filter_map(Parameter::of).collect(),
            parameters_span: signature.paren_token.span.join(),
            output: signature.output.clone(),
            name: args
                .name
                .unwrap_or_else(|| LitStr::new(&ident.unraw().to_string(), ident.span())),
            kind: args.kind.and_then(|word| kind(&word, diagnostics)),
            caller: args.caller,
            fields: args.fields,
            failure,
            returned: args
                .ret
                .and_then(|switch| recording(switch, returns, diagnostics)),
        }
    }
}

fn recording(
    Switch { keyword, setting }: Switch,
    returns: bool,
    diagnostics: &mut Diagnostics,
) -> Option<Recording> {
    let (format, span) = match setting {
        Setting::Off => return None,
        Setting::On => (None, keyword.span()),
        Setting::By(format, span) => (Some(format), span),
    };
    if !returns {
        let message = format!(
            "`{keyword}` records what the function returns, and this one returns nothing: leave it \
             out, or write a return type"
        );
        diagnostics.error(&keyword, message);
        return None;
    }
    Some(Recording { format, span })
}

const KINDS: [(&str, &str); 5] = [
    ("internal", "Internal"),
    ("server", "Server"),
    ("client", "Client"),
    ("producer", "Producer"),
    ("consumer", "Consumer"),
];

fn kind(word: &Word, diagnostics: &mut Diagnostics) -> Option<Ident> {
    let text = &word.text;
    if let Some((_, variant)) = KINDS.iter().find(|(kind, _)| kind == text) {
        return Some(Ident::new(variant, Span::mixed_site()));
    }
    let help = match did_you_mean(text, KINDS.map(|(kind, _)| kind)) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => "write `internal`, `server`, `client`, `producer` or `consumer`".to_owned(),
    };
    diagnostics.report(syn::Error::new(
        word.span,
        format!("there is no span kind `{text}`: {help}"),
    ));
    None
}

#[cfg(test)]
mod tests;
