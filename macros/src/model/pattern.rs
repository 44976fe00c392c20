//! Parameters: their types, and the names that their patterns bind.

use proc_macro2::Span;
use syn::visit_mut::{self, VisitMut};
use syn::{FnArg, Ident, Pat, PatIdent, PatReference, Token, Type};

/// A parameter of the worker.
pub(crate) struct Parameter {
    pub(crate) ty: Type,
    pub(crate) binding: Binding,
}

/// The names that a parameter's pattern binds.
pub(crate) enum Binding {
    /// One name, to the argument itself.
    Name(Ident),
    /// Nothing.
    Nothing,
    /// Parts of the argument.
    Parts {
        /// A pattern that borrows the parts, and moves nothing.
        pattern: Box<Pat>,
        /// `true` if the pattern has `ref` itself. It is then matched against the argument,
        /// otherwise against a reference to it.
        is_explicit: bool,
        names: Vec<Ident>,
    },
}

impl Parameter {
    /// Returns `None` for `self`.
    pub(super) fn of(input: &FnArg) -> Option<Self> {
        let FnArg::Typed(input) = input else {
            return None;
        };
        Some(Self::new((*input.ty).clone(), &input.pat))
    }

    pub(super) fn new(ty: Type, pattern: &Pat) -> Self {
        Self {
            ty,
            binding: Binding::of(pattern.clone()),
        }
    }
}

impl Binding {
    fn of(mut pattern: Pat) -> Self {
        match pattern {
            Pat::Wild(_) => return Self::Nothing,
            Pat::Ident(PatIdent {
                by_ref: None,
                subpat: None,
                ident,
                ..
            }) => return Self::Name(ident),
            Pat::Paren(inner) if matches!(*inner.pat, Pat::Ident(_) | Pat::Wild(_)) => {
                return Self::of(*inner.pat);
            }
            _ => {}
        }
        // Names that reach through a `&` of the pattern would be moved out of it, unless they
        // borrow explicitly.
        let mut search = References(false);
        search.visit_pat_mut(&mut pattern);
        let is_explicit = search.0;
        let mut borrow = Borrow {
            is_explicit,
            names: Vec::new(),
        };
        borrow.visit_pat_mut(&mut pattern);
        Self::Parts {
            pattern: Box::new(pattern),
            is_explicit,
            names: borrow.names,
        }
    }
}

struct References(bool);

impl VisitMut for References {
    fn visit_pat_reference_mut(&mut self, _: &mut PatReference) {
        self.0 = true;
    }
}

/// Makes every name of a pattern borrow.
struct Borrow {
    is_explicit: bool,
    names: Vec<Ident>,
}

impl VisitMut for Borrow {
    fn visit_pat_mut(&mut self, pattern: &mut Pat) {
        // `&name` takes from behind a shared reference what `name` has as that reference.
        if let Pat::Reference(PatReference {
            mutability: None,
            pat,
            ..
        }) = pattern
            && let Pat::Ident(PatIdent {
                by_ref: None,
                subpat: None,
                ident,
                ..
            }) = &**pat
        {
            self.names.push(ident.clone());
            *pattern = Pat::Ident(PatIdent {
                attrs: Vec::new(),
                by_ref: None,
                mutability: None,
                ident: ident.clone(),
                subpat: None,
            });
        } else {
            visit_mut::visit_pat_mut(self, pattern);
        }
    }

    fn visit_pat_ident_mut(&mut self, name: &mut PatIdent) {
        name.mutability = None;
        name.by_ref = self.is_explicit.then(|| Token![ref](Span::mixed_site()));
        self.names.push(name.ident.clone());
        visit_mut::visit_pat_ident_mut(self, name);
    }
}
