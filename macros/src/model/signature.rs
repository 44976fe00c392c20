//! Refuses signatures that a worker cannot have.

use quote::ToTokens;
use syn::{FnArg, Generics, ReturnType, Safety, Signature, Type};

use super::ownership::{self, Side};
use super::state::StateAttribute;
use crate::diag::Diagnostics;
use crate::item::Function;

/// Reports everything that is wrong with the signature, except the state and the lifetime parameters.
pub(super) fn check(
    function: &Function,
    state_attributes: &[StateAttribute],
    diagnostics: &mut Diagnostics,
) {
    modifiers(function, diagnostics);
    let generics = &function.signature.generics;
    for (position, input) in function.signature.inputs.iter().enumerate() {
        let is_state = state_attributes
            .iter()
            .any(|state_attribute| state_attribute.position == position);
        parameter(input, is_state, generics, diagnostics);
    }
    if let ReturnType::Type(_, ty) = &function.signature.output {
        output(ty, generics, diagnostics);
    }
}

fn modifiers(function: &Function, diagnostics: &mut Diagnostics) {
    let signature = &function.signature;
    let mut refuse = |token: Option<&dyn ToTokens>, message: &str| {
        if let Some(token) = token {
            diagnostics.error(token, message);
        }
    };
    refuse(
        signature.constness.as_ref().map(|token| token as _),
        "a worker cannot be `const`, because it runs on a thread: remove `const`",
    );
    if !cfg!(feature = "tokio") {
        refuse(
            signature.asyncness.as_ref().map(|token| token as _),
            "an `async` worker needs the feature `tokio`: write \
             `traced-worker = { version = \"..\", features = [\"tokio\"] }` in Cargo.toml, or a plain \
             `fn`",
        );
    }
    let unsafety = match &signature.safety {
        Safety::Unsafe(token) => Some(token as _),
        Safety::Safe(_) | Safety::Default => None,
    };
    refuse(
        unsafety,
        "a worker cannot be `unsafe`, because the pool that calls it makes no promises: remove \
         `unsafe`, and put an `unsafe` block inside, where its conditions hold",
    );
    refuse(
        signature.abi.as_ref().map(|token| token as _),
        "a worker cannot be `extern`, because the pool calls it from Rust: remove this, and call \
         the worker from an `extern` function",
    );
    refuse(
        signature.variadic.as_ref().map(|token| token as _),
        "a worker cannot be variadic: take a `Vec` instead",
    );
}

/// Reports what an `async` worker cannot have, besides a wrong signature.
pub(super) fn check_async(
    signature: &Signature,
    state_attributes: &[StateAttribute],
    is_batch: bool,
    diagnostics: &mut Diagnostics,
) {
    let Some(keyword) = &signature.asyncness else {
        return;
    };
    for state_attribute in state_attributes {
        let message = "an `async` worker has no state of its own, because several of its messages \
                       run on one thread: share it in the message, as an `Arc<State>`, or write a \
                       plain `fn`";
        diagnostics.error(&state_attribute.attribute, message);
    }
    if is_batch {
        let message = "an `async` worker takes one message at a time: leave out `batch`, or write a \
                       plain `fn`";
        diagnostics.error(keyword, message);
    }
}

fn parameter(input: &FnArg, is_state: bool, generics: &Generics, diagnostics: &mut Diagnostics) {
    let attributes = match input {
        FnArg::Receiver(receiver) => {
            let message = if is_state {
                "a worker has no `self`: write a free function, and give it the state by its \
                 type's name, `#[state] state: &mut State`"
            } else {
                "a worker has no `self`: write a free function, and give it the value as a parameter"
            };
            diagnostics.error(receiver, message);
            &receiver.attrs
        }
        FnArg::Typed(input) => {
            if !is_state {
                ownership::check(&input.ty, Side::Message, generics, diagnostics);
            }
            &input.attrs
        }
    };
    for attribute in attributes {
        if attribute.path().is_ident("cfg") || attribute.path().is_ident("cfg_attr") {
            let message = "a worker's message is the same in every configuration: write two \
                           functions, each under its `#[cfg]`";
            diagnostics.error(attribute, message);
        }
    }
}

fn output(ty: &Type, generics: &Generics, diagnostics: &mut Diagnostics) {
    if let Type::Never(never) = ty {
        let message = "a worker returns to its pool: leave `-> !` out, and return when the message \
                       is done";
        return diagnostics.error(never, message);
    }
    ownership::check(ty, Side::Output, generics, diagnostics);
}
