//! Validates the arguments and the item, and brings them together as a worker.
//!
//! Expanding a worker cannot fail.

mod attributes;
mod batch;
mod ownership;
mod pattern;
mod signature;
mod state;
mod tracing;

use proc_macro2::{Span, TokenStream};
use quote::ToTokens as _;
use syn::ext::IdentExt as _;
use syn::{Generics, Ident, LitStr, Path, ReturnType, Token, Type, Visibility, parse_quote};

use crate::args::{Args, Setting, Toggle, Word};
use crate::diag::{Diagnostics, did_you_mean};
use crate::item::Function;

pub(crate) use crate::args::{Failing, Field, Format, LevelName};
pub(crate) use attributes::Forwarded;
pub(crate) use batch::{Batch, Outputs};
pub(crate) use pattern::{Binding, Parameter};
pub(crate) use tracing::Tracing;

/// A worker, ready to be expanded.
pub(crate) struct Worker {
    /// The path to the runtime crate.
    pub(crate) krate: Path,
    /// The user's function, as it is written.
    pub(crate) function: TokenStream,
    /// The keyword of an `async fn`.
    pub(crate) asyncness: Option<Token![async]>,
    /// The name of the function.
    pub(crate) ident: Ident,
    /// The name of the type: that of the function, unless `worker = ..` sets another.
    pub(crate) type_name: Ident,
    pub(crate) visibility: Visibility,
    pub(crate) forwarded: Forwarded,
    pub(crate) generics: Generics,
    /// The parameter under `#[state]`, its type without the reference.
    pub(crate) state: Option<Parameter>,
    /// The other parameters.
    pub(crate) parameters: Vec<Parameter>,
    /// The span of the parameters, for errors about all of them.
    pub(crate) parameters_span: Span,
    pub(crate) output: ReturnType,
    /// The name of the worker span.
    pub(crate) name: LitStr,
    /// The variant of `SpanKind`, if not the usual one.
    pub(crate) kind: Option<Ident>,
    /// The variant of `SpanRelation`, if one is given.
    pub(crate) relation: Option<Ident>,
    pub(crate) batch: Option<Batch>,
    /// The name of the span around a call.
    pub(crate) caller: Option<LitStr>,
    pub(crate) fields: Vec<Field>,
    pub(crate) failure: Option<Recording<Failing>>,
    pub(crate) returned: Option<Recording<Format>>,
    /// The worker span as a span of `tracing`, if it is one.
    pub(crate) tracing: Option<Tracing>,
}

/// The format in which a value is recorded, and the span of the argument that sets it.
pub(crate) struct Recording<W> {
    /// `None`: by its type.
    pub(crate) mode: Option<W>,
    pub(crate) span: Span,
}

impl Worker {
    /// Validates `args` and `item`. Wrong arguments are reported and left out. If the item is wrong,
    /// that is reported, and the item is handed back.
    pub(crate) fn new(
        args: TokenStream,
        item: TokenStream,
        diagnostics: &mut Diagnostics,
    ) -> Result<Self, TokenStream> {
        let args = Args::parse(args, diagnostics);
        let kind = choice(args.kind, "span kind", &KINDS, diagnostics);
        let relation = choice(args.relation, "relation", &RELATIONS, diagnostics);
        let linger = batch::linger(args.linger, args.batch, diagnostics);
        let is_err_written = matches!(&args.err, Some(err) if !matches!(err.setting, Setting::Off));
        let tracing = tracing::of(args.tracing, args.level, args.target, diagnostics);
        let Some(mut function) = diagnostics.ok(Function::parse(item.clone())) else {
            return Err(item);
        };
        let is_second = attributes::remove_second(&mut function.attributes, diagnostics);
        let state_attributes = state::take_attributes(&mut function.signature);
        let item = if is_second || !state_attributes.is_empty() {
            function.to_token_stream()
        } else {
            item
        };
        let signature = &function.signature;
        let failure = match args.err {
            Some(toggle) => recording(toggle, &signature.output, diagnostics),
            None => is_written(&signature.output).then(|| Recording {
                mode: None,
                span: Span::mixed_site(),
            }),
        };
        let returned = args
            .ret
            .filter(|ret| batch::allows(ret, args.batch, &signature.output, diagnostics))
            .and_then(|ret| recording(ret, &signature.output, diagnostics));
        if returned.is_some()
            && let Some(field) = args.fields.iter().find(|field| field.key.value() == RETURN)
        {
            let message = "`return` is the key of the value that `ret` records: give the field \
                           another key";
            diagnostics.error(&field.key, message);
        }

        let before = diagnostics.count();
        let state = state::of(&state_attributes, signature, diagnostics);
        signature::check(&function, &state_attributes, diagnostics);
        let is_batch = args.batch.is_some();
        signature::check_async(signature, &state_attributes, is_batch, diagnostics);
        // An error at the use of a lifetime says better what to write.
        if diagnostics.count() == before {
            ownership::check_generics(&signature.generics, diagnostics);
        }
        let parameters: Vec<_> = (0..)
            .zip(&signature.inputs)
            .filter(|(position, _)| {
                state_attributes
                    .iter()
                    .all(|state_attribute| state_attribute.position != *position)
            })
            .filter_map(|(_, input)| Parameter::of(input))
            .collect();
        let batch = args
            .batch
            .and_then(|messages| batch::of(messages, linger, &parameters, signature, diagnostics));
        if diagnostics.count() > before {
            return Err(item);
        }
        let ident = &signature.ident;
        let tracing = tracing.map(|tracing| Tracing {
            empty_fields: args.empty_fields,
            has_error_event: is_err_written && failure.is_some(),
            has_return_event: returned.is_some(),
            ..tracing
        });
        Ok(Self {
            krate: args.krate.unwrap_or_else(|| parse_quote!(::traced_worker)),
            function: item,
            asyncness: signature.asyncness,
            ident: ident.clone(),
            type_name: args.worker.unwrap_or_else(|| ident.clone()),
            visibility: function.visibility.clone(),
            forwarded: Forwarded::of(&function.attributes),
            generics: signature.generics.clone(),
            state,
            parameters,
            parameters_span: signature.paren_token.span.join(),
            output: signature.output.clone(),
            name: args
                .name
                .unwrap_or_else(|| LitStr::new(&ident.unraw().to_string(), ident.span())),
            kind,
            relation,
            batch,
            caller: args.caller,
            fields: args.fields,
            failure,
            returned,
            tracing,
        })
    }
}

fn recording<W>(
    Toggle { keyword, setting }: Toggle<W>,
    output: &ReturnType,
    diagnostics: &mut Diagnostics,
) -> Option<Recording<W>> {
    let (mode, span) = match setting {
        Setting::Off => return None,
        Setting::On => (None, keyword.span()),
        Setting::By(mode, span) => (Some(mode), span),
    };
    if !is_written(output) {
        let message = format!(
            "`{keyword}` records what the function returns, and this one returns nothing: leave it \
             out, or write a return type"
        );
        diagnostics.error(&keyword, message);
        return None;
    }
    Some(Recording { mode, span })
}

fn is_written(output: &ReturnType) -> bool {
    matches!(output, ReturnType::Type(..))
}

/// The key of the value that `ret` records.
const RETURN: &str = "return";

/// The words of an argument, each with its variant.
type Choices = [(&'static str, &'static str)];

const KINDS: [(&str, &str); 5] = [
    ("internal", "Internal"),
    ("server", "Server"),
    ("client", "Client"),
    ("producer", "Producer"),
    ("consumer", "Consumer"),
];

const RELATIONS: [(&str, &str); 3] = [("child", "Child"), ("link", "Link"), ("root", "Root")];

fn choice(
    word: Option<Word>,
    what: &str,
    choices: &Choices,
    diagnostics: &mut Diagnostics,
) -> Option<Ident> {
    let Word { text, span } = word?;
    if let Some((_, variant)) = choices.iter().find(|(choice, _)| *choice == text) {
        return Some(Ident::new(variant, Span::mixed_site()));
    }
    let help = match did_you_mean(&text, choices.iter().map(|(choice, _)| *choice)) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("write {}", listed(choices)),
    };
    let message = format!("there is no {what} `{text}`: {help}");
    diagnostics.report(syn::Error::new(span, message));
    None
}

/// `a`, `b` or `c`.
fn listed(choices: &Choices) -> String {
    let words: Vec<_> = choices
        .iter()
        .map(|(choice, _)| format!("`{choice}`"))
        .collect();
    match &*words {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        words => words.concat(),
    }
}

/// Returns the type without the parentheses around it, written or left by a `macro_rules!`.
fn unparenthesized(mut ty: &Type) -> &Type {
    loop {
        ty = match ty {
            Type::Group(group) => &group.elem,
            Type::Paren(paren) => &paren.elem,
            ty => return ty,
        };
    }
}

/// Returns the type's name, if it has nothing else, for the errors.
fn plain_name(ty: &Type) -> Option<&Ident> {
    match unparenthesized(ty) {
        Type::Path(ty) if ty.qself.is_none() => ty.path.get_ident(),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
