//! `#[state]`: the parameter that lends what each thread has for itself.

use syn::{Attribute, FnArg, Meta, Signature, Type, TypeReference};

use super::ownership::{self, Side};
use super::pattern::Parameter;
use super::{peeled, plain_name};
use crate::diag::Diagnostics;

/// An attribute `#[state]`, and the position of its parameter.
pub(super) struct Mark {
    pub(super) position: usize,
    attribute: Attribute,
}

/// Takes the marks off the parameters: the compiler knows no such attribute.
pub(super) fn unmark(signature: &mut Signature) -> Vec<Mark> {
    let mut marks = Vec::new();
    for (position, input) in signature.inputs.iter_mut().enumerate() {
        let attributes = match input {
            FnArg::Receiver(receiver) => &mut receiver.attrs,
            FnArg::Typed(input) => &mut input.attrs,
        };
        let taken = attributes.extract_if(.., |attribute| attribute.path().is_ident("state"));
        marks.extend(taken.map(|attribute| Mark {
            position,
            attribute,
        }));
    }
    marks
}

/// The parameter that is marked, its type without the reference; what is wrong with it is reported.
pub(super) fn of(
    marks: &[Mark],
    signature: &Signature,
    diagnostics: &mut Diagnostics,
) -> Option<Parameter> {
    let (mark, others) = marks.split_first()?;
    for other in others {
        let message = if other.position == mark.position {
            "`#[state]` is here twice: remove this one"
        } else {
            "a worker has one state: put all of it into one type, a struct or a tuple"
        };
        diagnostics.error(&other.attribute, message);
    }
    if !matches!(mark.attribute.meta, Meta::Path(_)) {
        let message = "`#[state]` takes no arguments: how the state is made is said to the pool, \
                       `.state(|| ..)`";
        diagnostics.error(&mark.attribute, message);
    }
    if mark.position > usize::from(signature.receiver().is_some()) {
        let message = "the state is the first parameter: move this one to the front";
        diagnostics.error(&mark.attribute, message);
    }
    // On `self` there is nothing more to say than that there is no `self`.
    let FnArg::Typed(input) = &signature.inputs[mark.position] else {
        return None;
    };
    let ty = lent(&input.ty, diagnostics)?;
    ownership::check(ty, Side::State, &signature.generics, diagnostics);
    Some(Parameter::new(ty.clone(), &input.pat))
}

/// `T` of `&mut T`.
fn lent<'a>(ty: &'a Type, diagnostics: &mut Diagnostics) -> Option<&'a Type> {
    let Type::Reference(TypeReference {
        lifetime,
        mutability: Some(_),
        elem,
        ..
    }) = peeled(ty)
    else {
        let owned = match peeled(ty) {
            Type::Reference(reference) => &reference.elem,
            owned => owned,
        };
        let name = plain_name(owned).map_or_else(|| "State".to_owned(), ToString::to_string);
        let message = format!("each thread lends its state to the worker: write `&mut {name}`");
        diagnostics.error(ty, message);
        return None;
    };
    if let Some(lifetime) = lifetime {
        let message =
            format!("the state is lent for one run of the worker: leave out `{lifetime}`");
        diagnostics.error(lifetime, message);
        return None;
    }
    let sized = match &**elem {
        Type::Slice(_) => Some("Vec<..>"),
        Type::TraitObject(_) => Some("Box<dyn Trait>"),
        _ => None,
    };
    if let Some(sized) = sized {
        let message = format!("a thread holds its state by value: write `&mut {sized}`");
        diagnostics.error(ty, message);
        return None;
    }
    Some(elem)
}
