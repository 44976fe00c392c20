//! Chooses the attributes of the function that the generated code has, too.

use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote};
use syn::punctuated::Punctuated;
use syn::{Attribute, Meta, Token};

use crate::diag::Diagnostics;

/// The attributes that are forwarded from the function to generated code.
#[derive(Default)]
pub(crate) struct Forwarded {
    /// For the type and its impls: the configuration that they exist in.
    pub(crate) everywhere: TokenStream,
    /// For the type: how it is documented and linted.
    pub(crate) on_type: TokenStream,
    /// `true` if the type is deprecated, so that its own impls use a deprecated type.
    pub(crate) is_deprecated: bool,
}

impl Forwarded {
    pub(super) fn of(attributes: &[Attribute]) -> Self {
        let mut forwarded = Self::default();
        for attribute in attributes {
            let meta = &attribute.meta;
            if meta.path().is_ident("cfg_attr") {
                forwarded.add_conditional(meta);
            } else {
                forwarded.add(meta, &quote!(#[#meta]));
            }
        }
        forwarded
    }

    /// Adds each attribute of a `#[cfg_attr(condition, ..)]`, under the condition.
    fn add_conditional(&mut self, meta: &Meta) {
        let parse = Punctuated::<Meta, Token![,]>::parse_terminated;
        let list = meta.require_list();
        let Ok(parts) = list.and_then(|list| list.parse_args_with(parse)) else {
            return;
        };
        let mut parts = parts.into_iter();
        let condition = parts.next().map(Meta::into_token_stream);
        for meta in parts {
            self.add(&meta, &quote!(#[cfg_attr(#condition, #meta)]));
        }
    }

    fn add(&mut self, meta: &Meta, attribute: &TokenStream) {
        match Target::of(meta) {
            Target::FunctionOnly => {}
            Target::Type => self.on_type.extend(attribute.clone()),
            Target::Everything => self.everywhere.extend(attribute.clone()),
        }
        self.is_deprecated |= meta.path().is_ident("deprecated");
    }
}

/// The generated code that an attribute is forwarded to.
enum Target {
    FunctionOnly,
    Type,
    Everything,
}

impl Target {
    fn of(meta: &Meta) -> Self {
        let path = meta.path();
        // The text of the documentation stays with the function, to which the type's own text
        // links: its examples would be tested twice. `#[doc(hidden)]` and the like hold for both.
        let is_doc_option = path.is_ident("doc") && matches!(meta, Meta::List(_));
        if path.is_ident("cfg") {
            Self::Everything
        } else if is_doc_option || path.is_ident("allow") || path.is_ident("deprecated") {
            Self::Type
        } else {
            Self::FunctionOnly
        }
    }
}

/// Removes a second `#[traced_worker]`, so that it is not expanded as well, and reports it. Returns
/// whether there was one.
pub(super) fn remove_second(
    attributes: &mut Vec<Attribute>,
    diagnostics: &mut Diagnostics,
) -> bool {
    let before = attributes.len();
    attributes.retain(|attribute| {
        let last = attribute.path().segments.last();
        let is_second = last.is_some_and(|segment| segment.ident == "traced_worker");
        if is_second {
            let message = "`#[traced_worker]` is here twice: write one, with the arguments of both";
            diagnostics.error(attribute.path(), message);
        }
        !is_second
    });
    attributes.len() < before
}
