//! Refuses types that cannot cross threads because they have references that are not `'static`, and
//! types that have no name: `impl Trait`, `Self`.

use syn::visit::{self, Visit};
use syn::{
    BoundLifetimes, GenericParam, Generics, Ident, Lifetime, ParenthesizedGenericArguments, Path,
    TraitBound, Type, TypeFnPtr, TypeImplTrait, TypeReference, WherePredicate,
};

use crate::diag::Diagnostics;

/// The role of a type in the function's signature.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Message,
    State,
    Output,
}

/// Reports each part that `ty` cannot have, in a function with these generics.
pub(super) fn check(ty: &Type, side: Side, generics: &Generics, diagnostics: &mut Diagnostics) {
    Check {
        side,
        elision: 0,
        bound: static_lifetimes(generics).cloned().collect(),
        diagnostics,
    }
    .visit_type(ty);
}

/// Returns whether [`check`] reports nothing about a message of this type.
pub(super) fn is_owned(ty: &Type, generics: &Generics) -> bool {
    let mut diagnostics = Diagnostics::default();
    check(ty, Side::Message, generics, &mut diagnostics);
    diagnostics.count() == 0
}

/// Reports the lifetime parameters.
pub(super) fn check_generics(generics: &Generics, diagnostics: &mut Diagnostics) {
    for parameter in generics.lifetimes() {
        let lifetime = &parameter.lifetime;
        let message = if static_lifetimes(generics).any(|ident| *ident == lifetime.ident) {
            format!("`{lifetime}` is `'static`: leave it out, and write `'static` in its place")
        } else {
            "a worker cannot have a lifetime parameter, because its message crosses threads: write \
             `'static` instead, or a type that owns its data"
                .to_owned()
        };
        diagnostics.error(lifetime, message);
    }
}

/// Returns the lifetime parameters that are bounded by `'static`, and so are `'static`.
fn static_lifetimes(generics: &Generics) -> impl Iterator<Item = &Ident> {
    let parameters = generics.lifetimes().map(|it| (&it.lifetime, &it.bounds));
    let clauses = generics.where_clause.iter().flat_map(|it| &it.predicates);
    let predicates = clauses.filter_map(|predicate| match predicate {
        WherePredicate::Lifetime(it) => Some((&it.lifetime, &it.bounds)),
        _ => None,
    });
    parameters
        .chain(predicates)
        .filter(|(_, bounds)| bounds.iter().any(|bound| bound.ident == "static"))
        .map(|(lifetime, _)| &lifetime.ident)
}

struct Check<'a> {
    side: Side,
    /// The number of enclosing types that have lifetimes of their own: `fn(&str)`, `dyn Fn(&str)`.
    elision: usize,
    /// The lifetimes that an enclosing `for<'a>` names, and those that are `'static`.
    bound: Vec<Ident>,
    diagnostics: &'a mut Diagnostics,
}

impl Check<'_> {
    fn is_owned(&self, lifetime: Option<&Lifetime>) -> bool {
        match lifetime {
            None => self.elision > 0,
            Some(lifetime) if lifetime.ident == "_" => self.elision > 0,
            Some(lifetime) => lifetime.ident == "static" || self.bound.contains(&lifetime.ident),
        }
    }

    fn crosses(&self) -> &'static str {
        match self.side {
            Side::Message => "a message crosses threads, so it must own its data",
            Side::State => "the state outlives every message, so it must own its data",
            Side::Output => "what a worker returns crosses threads, so it must own its data",
        }
    }

    fn binding(
        &mut self,
        lifetimes: Option<&BoundLifetimes>,
        elision: usize,
        inside: impl FnOnce(&mut Self),
    ) {
        let before = self.bound.len();
        for parameter in lifetimes.iter().flat_map(|bound| &bound.lifetimes) {
            if let GenericParam::Lifetime(parameter) = parameter {
                self.bound.push(parameter.lifetime.ident.clone());
            }
        }
        self.elision += elision;
        inside(self);
        self.elision -= elision;
        self.bound.truncate(before);
    }
}

impl<'ast> Visit<'ast> for Check<'_> {
    fn visit_type_reference(&mut self, reference: &'ast TypeReference) {
        if !self.is_owned(reference.lifetime.as_ref()) {
            let message = format!(
                "{}: {}",
                self.crosses(),
                owned_instead(reference, self.side)
            );
            self.diagnostics.error(reference, message);
            return;
        }
        visit::visit_type_reference(self, reference);
    }

    fn visit_lifetime(&mut self, lifetime: &'ast Lifetime) {
        if !self.is_owned(Some(lifetime)) {
            let message = format!(
                "{}: write `'static` instead of `{lifetime}`, or a type without a lifetime",
                self.crosses()
            );
            self.diagnostics.error(lifetime, message);
        }
    }

    fn visit_type_impl_trait(&mut self, ty: &'ast TypeImplTrait) {
        let message = match self.side {
            Side::Message => {
                "the type of a message must have a name: write a type parameter, \
                 `fn process<T: Trait + Send + 'static>(message: T)`, instead of `impl Trait`"
            }
            Side::State => {
                "the type of the state must have a name: write a type parameter, \
                 `fn process<S: Trait + 'static>(#[state] state: &mut S)`, instead of `impl Trait`"
            }
            Side::Output => {
                "the type that a worker returns must have a name: write that type, or \
                 `Box<dyn Trait + Send>`, instead of `impl Trait`"
            }
        };
        self.diagnostics.error(ty, message);
    }

    fn visit_path(&mut self, path: &'ast Path) {
        if let Some(first) = path.segments.first()
            && first.ident == "Self"
        {
            let message = "a worker cannot stand in an `impl` or a `trait`, so `Self` means nothing \
                           here: move the function out of it, and write the type's name";
            self.diagnostics.error(first, message);
        }
        visit::visit_path(self, path);
    }

    fn visit_type_fn_ptr(&mut self, ty: &'ast TypeFnPtr) {
        self.binding(ty.lifetimes.as_ref(), 1, |check| {
            visit::visit_type_fn_ptr(check, ty);
        });
    }

    fn visit_parenthesized_generic_arguments(
        &mut self,
        arguments: &'ast ParenthesizedGenericArguments,
    ) {
        self.binding(None, 1, |check| {
            visit::visit_parenthesized_generic_arguments(check, arguments);
        });
    }

    fn visit_trait_bound(&mut self, bound: &'ast TraitBound) {
        self.binding(bound.lifetimes.as_ref(), 0, |check| {
            visit::visit_path(check, &bound.path);
        });
    }
}

/// Returns what to write instead of a reference.
fn owned_instead(reference: &TypeReference, side: Side) -> String {
    const WITHOUT: &str = "write the type without the reference, or put it in an `Arc`";
    let (borrowed, owned) = match &*reference.elem {
        Type::Slice(_) => ("[..]", "Vec<..>"),
        Type::Path(ty) => {
            let last = ty.path.segments.last().map(|last| last.ident.to_string());
            match last.as_deref() {
                Some("str") => ("str", "String"),
                Some("Path") => ("Path", "PathBuf"),
                Some("OsStr") => ("OsStr", "OsString"),
                Some("CStr") => ("CStr", "CString"),
                _ => return WITHOUT.to_owned(),
            }
        }
        _ => return WITHOUT.to_owned(),
    };
    match (side, reference.mutability) {
        (_, Some(_)) => format!("write `{owned}` instead of `&mut {borrowed}`"),
        (Side::Message | Side::State, None) => format!("write `{owned}` instead of `&{borrowed}`"),
        // A returned reference may well be to a constant.
        (Side::Output, None) => {
            format!("write `{owned}`, or `&'static {borrowed}`, instead of `&{borrowed}`")
        }
    }
}
