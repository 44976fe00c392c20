//! Reads the arguments of the attribute, each by itself, and collects the errors.
//!
//! The model decides what an argument means for the function.

mod fields;
mod level;
mod value;

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::ext::IdentExt as _;
use syn::parse::{ParseStream, Parser as _};
use syn::{Error, LitStr, Path, Token, token};

use crate::diag::{Diagnostics, did_you_mean};

pub(crate) use fields::Field;
pub(crate) use level::{Level, LevelName};
use value::Value;
pub(crate) use value::{Failing, Format, Parenting, Setting, Time, Toggle, Word};

/// The arguments, as they are written.
#[derive(Default)]
pub(crate) struct Args {
    pub(crate) name: Option<LitStr>,
    pub(crate) kind: Option<Word>,
    pub(crate) relation: Option<Word>,
    pub(crate) caller: Option<LitStr>,
    pub(crate) fields: Vec<Field>,
    /// The keys of the fields that are only declared: `key = Empty`.
    pub(crate) empty_fields: Vec<LitStr>,
    pub(crate) err: Option<Toggle<Failing>>,
    pub(crate) ret: Option<Toggle<Format>>,
    pub(crate) batch: Option<usize>,
    pub(crate) linger: Option<Time>,
    pub(crate) tracing: Option<Toggle<Parenting>>,
    pub(crate) level: Option<Level>,
    pub(crate) target: Option<Target>,
    pub(crate) worker: Option<Ident>,
    pub(crate) krate: Option<Path>,
}

/// `target = "text"`.
pub(crate) struct Target {
    pub(crate) keyword: Ident,
    pub(crate) text: LitStr,
}

impl Args {
    /// Reads the arguments. What is wrong is reported, and left out.
    pub(crate) fn parse(tokens: TokenStream, diagnostics: &mut Diagnostics) -> Self {
        let mut args = Self::default();
        let parser = |input: ParseStream<'_>| {
            args.read(input, diagnostics);
            Ok(())
        };
        // The parser reports everything itself, and reads to the end.
        let _: syn::Result<()> = parser.parse2(tokens);
        args
    }

    fn read(&mut self, input: ParseStream<'_>, diagnostics: &mut Diagnostics) {
        let mut given = Vec::new();
        while !input.is_empty() {
            if let Some(argument) = diagnostics.ok(RawArgument::parse(input)) {
                self.accept(argument, &mut given, diagnostics);
            }
            separator(input, diagnostics);
        }
    }

    fn accept(
        &mut self,
        RawArgument { name, value }: RawArgument,
        given: &mut Vec<&'static str>,
        diagnostics: &mut Diagnostics,
    ) {
        let Some(argument) = argument(&name) else {
            return diagnostics.error(&name, unknown(&name));
        };
        if given.contains(&argument.name) {
            let message = format!("`{name}` is given twice: remove this one, or the first");
            return diagnostics.error(&name, message);
        }
        given.push(argument.name);
        let usage = Usage {
            name,
            example: argument.example,
        };
        (argument.read)(self, value, &usage, diagnostics);
    }
}

/// An argument that the attribute has.
struct Argument {
    name: &'static str,
    /// An example, for the errors.
    example: &'static str,
    read: fn(&mut Args, Value, &Usage, &mut Diagnostics),
}

/// All arguments.
const ARGUMENTS: &[Argument] = &[
    Argument {
        name: "name",
        example: "name = \"worker_process\"",
        read: |args, value, usage, diagnostics| args.name = diagnostics.ok(value.text(usage)),
    },
    Argument {
        name: "kind",
        example: "kind = consumer",
        read: |args, value, usage, diagnostics| {
            args.kind = diagnostics.ok(value.word(usage, "a span kind"));
        },
    },
    Argument {
        name: "relation",
        example: "relation = link",
        read: |args, value, usage, diagnostics| {
            args.relation = diagnostics.ok(value.word(usage, "`child`, `link` or `root`"));
        },
    },
    Argument {
        name: "caller",
        example: "caller = \"process_data\"",
        read: |args, value, usage, diagnostics| args.caller = diagnostics.ok(value.text(usage)),
    },
    Argument {
        name: "fields",
        example: "fields(job.id = job.id)",
        read: |args, value, usage, diagnostics| {
            if let Some(entries) = diagnostics.ok(value.list(usage)) {
                (args.fields, args.empty_fields) = fields::parse(entries, diagnostics);
            }
        },
    },
    Argument {
        name: "err",
        example: "err = false`, `err(Debug)`, `err(Display)` or `err(None)",
        read: |args, value, usage, diagnostics| args.err = diagnostics.ok(value.toggle(usage)),
    },
    Argument {
        name: "ret",
        example: "ret`, `ret(Debug)` or `ret(Display)",
        read: |args, value, usage, diagnostics| args.ret = diagnostics.ok(value.toggle(usage)),
    },
    Argument {
        name: "batch",
        example: "batch = 64",
        read: |args, value, usage, diagnostics| {
            // Also if the number is wrong: the function is checked as a batch worker all the same.
            args.batch = Some(diagnostics.ok(value.count(usage)).unwrap_or(1));
        },
    },
    Argument {
        name: "linger",
        example: "linger = \"5ms\"",
        read: |args, value, usage, diagnostics| args.linger = diagnostics.ok(value.time(usage)),
    },
    Argument {
        name: "tracing",
        example: "tracing` or `tracing(detached)",
        read: |args, value, usage, diagnostics| args.tracing = diagnostics.ok(value.toggle(usage)),
    },
    Argument {
        name: "level",
        example: "level = \"debug\"",
        read: |args, value, usage, diagnostics| args.level = diagnostics.ok(value.level(usage)),
    },
    Argument {
        name: "target",
        example: "target = \"jobs\"",
        read: |args, value, usage, diagnostics| {
            let keyword = usage.name.clone();
            let text = diagnostics.ok(value.text(usage));
            args.target = text.map(|text| Target { keyword, text });
        },
    },
    Argument {
        name: "worker",
        example: "worker = ProcessWorker",
        read: |args, value, usage, diagnostics| args.worker = diagnostics.ok(value.name(usage)),
    },
    Argument {
        name: "crate",
        example: "crate = path::to::traced_worker",
        read: |args, value, usage, diagnostics| args.krate = diagnostics.ok(value.path(usage)),
    },
];

/// The parts of an error about a value.
struct Usage {
    name: Ident,
    example: &'static str,
}

/// An argument whose value is not parsed yet: a name, and the tokens up to the comma.
struct RawArgument {
    name: Ident,
    value: Value,
}

impl RawArgument {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if !input.peek(Ident::peek_any) {
            return Err(unnamed(input));
        }
        let name = input.call(Ident::parse_any)?;
        let value = if input.peek(Token![=]) {
            Value::Assigned(input.parse()?, up_to_comma(input))
        } else if input.peek(token::Paren) {
            Value::List(input.parse()?)
        } else if input.is_empty() || input.peek(Token![,]) || input.peek(Ident::peek_any) {
            Value::None
        } else {
            let unexpected = up_to_comma(input);
            let message = match argument(&name) {
                Some(argument) => format!("expected `=` here: write `{}`", argument.example),
                None => unknown(&name),
            };
            return Err(Error::new_spanned(&unexpected[0], message));
        };
        Ok(Self { name, value })
    }
}

fn argument(name: &Ident) -> Option<&'static Argument> {
    ARGUMENTS.iter().find(|argument| name == argument.name)
}

/// Skips the comma before the next argument or field, and reports an error if there is none.
fn separator(input: ParseStream<'_>, diagnostics: &mut Diagnostics) {
    if input.is_empty() || input.parse::<Token![,]>().is_ok() {
        return;
    }
    let unexpected = up_to_comma(input);
    diagnostics.error(&unexpected[0], "expected a `,` before this");
    let _: syn::Result<Token![,]> = input.parse();
}

/// Returns the tokens before the next comma, or the end.
fn up_to_comma(input: ParseStream<'_>) -> Vec<TokenTree> {
    let mut tokens = Vec::new();
    while !input.peek(Token![,])
        && let Ok(token) = input.parse()
    {
        tokens.push(token);
    }
    tokens
}

fn unnamed(input: ParseStream<'_>) -> Error {
    if input.peek(Token![,]) {
        let message = "expected an argument before this `,`";
        return input.error(message);
    }
    let is_text = input.peek(LitStr);
    let unexpected = up_to_comma(input);
    let message = if is_text {
        format!(
            "a name is an argument as well: write `name = {}`",
            unexpected[0]
        )
    } else {
        "expected an argument, such as `name = \"worker_process\"`".to_owned()
    };
    Error::new_spanned(&unexpected[0], message)
}

fn unknown(name: &Ident) -> String {
    if name == "parent" {
        return "there is no argument `parent`: the relation of the worker span to the dispatch \
                span is written `relation = child`, `relation = link` or `relation = root`"
            .to_owned();
    }
    let names = ARGUMENTS.iter().map(|argument| argument.name);
    if let Some(meant) = did_you_mean(&name.to_string(), names.clone()) {
        return format!("there is no argument `{name}`: did you mean `{meant}`?");
    }
    let names: Vec<_> = names.map(|name| format!("`{name}`")).collect();
    let names = names.join(", ");
    format!("there is no argument `{name}`: the arguments are {names}")
}

#[cfg(test)]
mod tests;
