//! `#[state]`: the parameter that borrows the state of the thread.

use syn::{Attribute, FnArg, Meta, Signature, Type, TypeReference};

use super::ownership::{self, Side};
use super::pattern::Parameter;
use super::{plain_name, unparenthesized};
use crate::diag::Diagnostics;

/// An attribute `#[state]`, and the position of its parameter.
pub(super) struct StateAttribute {
    pub(super) position: usize,
    pub(super) attribute: Attribute,
}

/// Removes the attributes from the parameters, because the compiler does not know them.
pub(super) fn take_attributes(signature: &mut Signature) -> Vec<StateAttribute> {
    let mut state_attributes = Vec::new();
    for (position, input) in signature.inputs.iter_mut().enumerate() {
        let attributes = match input {
            FnArg::Receiver(receiver) => &mut receiver.attrs,
            FnArg::Typed(input) => &mut input.attrs,
        };
        let taken = attributes.extract_if(.., |attribute| attribute.path().is_ident("state"));
        state_attributes.extend(taken.map(|attribute| StateAttribute {
            position,
            attribute,
        }));
    }
    state_attributes
}

/// Returns the parameter under `#[state]`, its type without the reference. Reports what is wrong with
/// it.
pub(super) fn of(
    state_attributes: &[StateAttribute],
    signature: &Signature,
    diagnostics: &mut Diagnostics,
) -> Option<Parameter> {
    let (state_attribute, others) = state_attributes.split_first()?;
    for other in others {
        let message = if other.position == state_attribute.position {
            "`#[state]` is here twice: remove this one"
        } else {
            "a worker has one state: put all of it into one type, a struct or a tuple"
        };
        diagnostics.error(&other.attribute, message);
    }
    if !matches!(state_attribute.attribute.meta, Meta::Path(_)) {
        let message = "`#[state]` takes no arguments: the closure that makes the state is the \
                       argument of `pool`, as in `process::pool(|| State::new())`";
        diagnostics.error(&state_attribute.attribute, message);
    }
    if state_attribute.position > usize::from(signature.receiver().is_some()) {
        let message = "the state is the first parameter: move this one to the front";
        diagnostics.error(&state_attribute.attribute, message);
    }
    // `self` is refused by the check of the signature.
    let FnArg::Typed(input) = &signature.inputs[state_attribute.position] else {
        return None;
    };
    let ty = borrowed(&input.ty, diagnostics)?;
    ownership::check(ty, Side::State, &signature.generics, diagnostics);
    Some(Parameter::new(ty.clone(), &input.pat))
}

/// Returns the `T` of a `&mut T`.
fn borrowed<'a>(ty: &'a Type, diagnostics: &mut Diagnostics) -> Option<&'a Type> {
    let Type::Reference(TypeReference {
        lifetime,
        mutability: Some(_),
        elem,
        ..
    }) = unparenthesized(ty)
    else {
        let owned = match unparenthesized(ty) {
            Type::Reference(reference) => &reference.elem,
            owned => owned,
        };
        let name = plain_name(owned).map_or_else(|| "State".to_owned(), ToString::to_string);
        let message = format!("the worker borrows the state of its thread: write `&mut {name}`");
        diagnostics.error(ty, message);
        return None;
    };
    if let Some(lifetime) = lifetime {
        let message =
            format!("the state is borrowed for one run of the worker: leave out `{lifetime}`");
        diagnostics.error(lifetime, message);
        return None;
    }
    let sized = match &**elem {
        Type::Slice(_) => Some("Vec<..>"),
        Type::TraitObject(_) => Some("Box<dyn Trait>"),
        elem => plain_name(elem)
            .filter(|name| *name == "str")
            .map(|_| "String"),
    };
    if let Some(sized) = sized {
        let message = format!("a thread holds its state by value: write `&mut {sized}`");
        diagnostics.error(ty, message);
        return None;
    }
    Some(elem)
}
