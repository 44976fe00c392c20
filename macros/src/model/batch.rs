//! `batch` and `linger`: a worker that takes several messages at once.

use syn::{
    AngleBracketedGenericArguments, Error, GenericArgument, PathArguments, ReturnType, Signature,
    Type,
};

use super::pattern::Parameter;
use super::{ownership, plain_name, unparenthesized};
use crate::args::{Format, Setting, Time, Toggle};
use crate::diag::Diagnostics;

/// The options of a batch worker.
pub(crate) struct Batch {
    /// The maximum number of messages of one run.
    pub(crate) messages: usize,
    /// The time that a run waits for more of them, in nanoseconds.
    pub(crate) linger: u64,
    /// The item of the function's `Vec`.
    pub(crate) message: Type,
    pub(crate) outputs: Outputs,
}

/// The output of the function.
pub(crate) enum Outputs {
    /// A `Vec` of these, one for each message.
    Each(Box<Type>),
    /// One value for all of them.
    Shared,
}

/// Returns the time in nanoseconds. Reports an error if there is no batch to wait for.
pub(super) fn linger(
    linger: Option<Time>,
    batch: Option<usize>,
    diagnostics: &mut Diagnostics,
) -> u64 {
    let Some(linger) = linger else {
        return 0;
    };
    if batch.is_none() {
        let message = "`linger` waits for more messages of a batch: write `batch = 64` as well, or \
                       leave it out";
        diagnostics.error(linger.keyword, message);
    }
    linger.nanoseconds
}

/// Returns whether `ret` can record the output. Reports an error if it cannot.
pub(super) fn allows(
    ret: &Toggle<Format>,
    batch: Option<usize>,
    output: &ReturnType,
    diagnostics: &mut Diagnostics,
) -> bool {
    let is_one_value = batch.is_none() || matches!(outputs(output), Outputs::Shared);
    if is_one_value || matches!(ret.setting, Setting::Off) {
        return true;
    }
    let message = "`ret` records one value, and this function returns one for each message of the \
                   batch: leave it out, or return one value for all of them";
    diagnostics.error(&ret.keyword, message);
    false
}

/// Returns the batch of a function with these parameters. Reports an error if they take none.
pub(super) fn of(
    messages: usize,
    linger: u64,
    parameters: &[Parameter],
    signature: &Signature,
    diagnostics: &mut Diagnostics,
) -> Option<Batch> {
    // A parameter that cannot be a message is reported already.
    let is_owned = |parameter: &Parameter| ownership::is_owned(&parameter.ty, &signature.generics);
    if !parameters.iter().all(is_owned) {
        return None;
    }
    let message = diagnostics.ok(message(parameters, signature))?.clone();
    Some(Batch {
        messages,
        linger,
        message,
        outputs: outputs(&signature.output),
    })
}

fn outputs(output: &ReturnType) -> Outputs {
    match output {
        ReturnType::Type(_, ty) => element(ty).map_or(Outputs::Shared, |element| {
            Outputs::Each(Box::new(element.clone()))
        }),
        ReturnType::Default => Outputs::Shared,
    }
}

/// Returns the item of the only parameter's `Vec`.
fn message<'a>(parameters: &'a [Parameter], signature: &Signature) -> syn::Result<&'a Type> {
    match parameters {
        [parameter] => element(&parameter.ty).ok_or_else(|| {
            let name = plain_name(&parameter.ty).filter(|name| *name != "Vec");
            let name = name.map_or_else(|| "Message".to_owned(), ToString::to_string);
            let message = format!("a batch comes as a `Vec`: write `Vec<{name}>`");
            Error::new_spanned(&parameter.ty, message)
        }),
        [] => {
            let message = "a batch comes as a `Vec`: write a parameter, `messages: Vec<Message>`";
            Err(Error::new(signature.paren_token.span.join(), message))
        }
        [_, second, ..] => {
            let message = "a batch comes as one `Vec`: write a single parameter, \
                           `messages: Vec<(First, Second)>`";
            Err(Error::new_spanned(&second.ty, message))
        }
    }
}

/// Returns the `T` of a `Vec<T>`, which is recognised by its name.
fn element(ty: &Type) -> Option<&Type> {
    let Type::Path(ty) = unparenthesized(ty) else {
        return None;
    };
    let last = ty.path.segments.last().filter(|last| last.ident == "Vec")?;
    let PathArguments::AngleBracketed(AngleBracketedGenericArguments { args, .. }) =
        &last.arguments
    else {
        return None;
    };
    match args.first() {
        Some(GenericArgument::Type(element)) if args.len() == 1 => Some(element),
        _ => None,
    }
}
