//! The function's attributes: which of them what is generated must have too.

use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote};
use syn::punctuated::Punctuated;
use syn::{Attribute, Meta, Token};

use crate::diag::Diagnostics;

/// The attributes carried from the function to what is generated.
#[derive(Default)]
pub(crate) struct Carried {
    /// For everything: under which configuration it exists.
    pub(crate) cfg: TokenStream,
    /// For the type: how it is documented and linted.
    pub(crate) item: TokenStream,
    /// For what uses the type: not to be told that it is deprecated.
    pub(crate) is_deprecated: bool,
}

impl Carried {
    pub(super) fn of(attributes: &[Attribute]) -> Self {
        let mut carried = Self::default();
        for attribute in attributes {
            carried.add(&attribute.meta);
        }
        carried
    }

    fn add(&mut self, meta: &Meta) {
        match fate(meta) {
            Fate::Everywhere => self.cfg.extend(quote!(#[#meta])),
            Fate::OnItem => self.item.extend(quote!(#[#meta])),
            Fate::Conditional(condition, metas) => {
                for meta in metas {
                    match fate(&meta) {
                        Fate::Everywhere => self.cfg.extend(quote!(#[cfg_attr(#condition, #meta)])),
                        Fate::OnItem => self.item.extend(quote!(#[cfg_attr(#condition, #meta)])),
                        Fate::Conditional(..) | Fate::Stays => {}
                    }
                    self.is_deprecated |= meta.path().is_ident("deprecated");
                }
            }
            Fate::Stays => {}
        }
        self.is_deprecated |= meta.path().is_ident("deprecated");
    }
}

/// Where an attribute goes besides the function.
enum Fate {
    Everywhere,
    OnItem,
    /// As its parts go, each under the condition.
    Conditional(TokenStream, Vec<Meta>),
    Stays,
}

fn fate(meta: &Meta) -> Fate {
    let path = meta.path();
    if path.is_ident("cfg") {
        return Fate::Everywhere;
    }
    if path.is_ident("cfg_attr") {
        return conditional(meta).unwrap_or(Fate::Stays);
    }
    // The text of the documentation stays with the function, which the type's own links to: its
    // examples would be tested twice. `#[doc(hidden)]` and the like hold for both.
    let is_doc_option = path.is_ident("doc") && matches!(meta, Meta::List(_));
    if is_doc_option || path.is_ident("allow") || path.is_ident("deprecated") {
        return Fate::OnItem;
    }
    Fate::Stays
}

fn conditional(meta: &Meta) -> Option<Fate> {
    let parts = meta
        .require_list()
        .ok()?
        .parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated)
        .ok()?;
    let mut parts = parts.into_iter();
    let condition = parts.next()?.into_token_stream();
    Some(Fate::Conditional(condition, parts.collect()))
}

/// Refuses a second `#[traced_worker]`, and removes it, so that it is not expanded as well; says
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
