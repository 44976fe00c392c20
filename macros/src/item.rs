//! Parses the item under the attribute: a function's signature, but not its body.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream};
use syn::{
    Attribute, Error, FnArg, Ident, Pat, Signature, Token, Type, Visibility, parse_quote_spanned,
    token,
};

/// A function, as it is written.
pub(crate) struct Function {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
    pub(crate) body: TokenTree,
}

impl Function {
    /// Parses the item. The error says why it is not a function with a body.
    pub(crate) fn parse(item: TokenStream) -> syn::Result<Self> {
        syn::parse2(item)
    }
}

impl Function {
    /// Makes the function look generated to some lints of Clippy.
    pub(crate) fn look_generated(&mut self) {
        // `needless_pass_by_value` and `missing_const_for_fn` skip a function that begins with a
        // token of an expansion.
        let first = match &mut self.visibility {
            Visibility::Public(token) => &mut token.span,
            Visibility::Restricted(visibility) => &mut visibility.pub_token.span,
            Visibility::Inherited => match &mut self.signature.asyncness {
                Some(token) => &mut token.span,
                None => &mut self.signature.fn_token.span,
            },
        };
        *first = Span::call_site().located_at(*first);
        for input in &mut self.signature.inputs {
            if let FnArg::Typed(parameter) = input
                && is_reference_to_owned(&parameter.ty)
            {
                qualify_name(&mut parameter.pat);
            }
        }
    }
}

/// Returns whether `ptr_arg` asks for a slice in place of the type.
fn is_reference_to_owned(ty: &Type) -> bool {
    if let Type::Reference(reference) = ty
        && let Type::Path(ty) = &*reference.elem
        && reference.mutability.is_some()
        && let Some(last) = ty.path.segments.last()
    {
        ["Vec", "String", "PathBuf"]
            .iter()
            .any(|name| last.ident == name)
    } else {
        false
    }
}

/// Writes `name @ _` for `name`. It means the same, but `ptr_arg` looks at plain names only.
fn qualify_name(pattern: &mut Pat) {
    if let Pat::Ident(name) = pattern
        && name.subpat.is_none()
    {
        let span = Span::call_site().located_at(name.ident.span());
        name.subpat = Some((Token![@](span), parse_quote_spanned!(span=> _)));
    }
}

impl ToTokens for Function {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        for attribute in &self.attributes {
            attribute.to_tokens(tokens);
        }
        self.visibility.to_tokens(tokens);
        self.signature.to_tokens(tokens);
        self.body.to_tokens(tokens);
    }
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        require_function(input)?;
        let signature: Signature = input.parse()?;
        if !input.peek(token::Brace) {
            let message = "a worker needs a body: put `#[traced_worker]` on a function outside of \
                           the trait, and call the method from there";
            return Err(Error::new_spanned(&signature.ident, message));
        }
        Ok(Self {
            attributes,
            visibility,
            signature,
            body: input.parse()?,
        })
    }
}

/// Refuses an item that is not a function, at the word that tells what it is.
fn require_function(input: ParseStream<'_>) -> syn::Result<()> {
    let ahead = input.fork();
    let Ok(first) = ahead.call(Ident::parse_any) else {
        return Err(not_a_function(input, "this is something else"));
    };
    let mut word = first.clone();
    while [
        "default", "const", "async", "gen", "unsafe", "safe", "extern",
    ]
    .iter()
    .any(|modifier| word == modifier)
    {
        // The ABI of `extern`.
        if ahead.peek(syn::LitStr) {
            ahead.parse::<syn::LitStr>()?;
        }
        match ahead.call(Ident::parse_any) {
            Ok(next) => word = next,
            Err(_) => break,
        }
    }
    if word == "fn" {
        return Ok(());
    }
    let what = match word.to_string().as_str() {
        "struct" => "this is a struct",
        "enum" => "this is an enum",
        "union" => "this is a union",
        "mod" => "this is a module",
        "trait" => "this is a trait",
        "impl" => "this is an impl block",
        "static" => "this is a static",
        "type" => "this is a type alias",
        "use" => "this is an import",
        "let" => "this is a variable",
        _ if ahead.peek(Token![!]) => "this is a macro call",
        _ if first == "const" => "this is a constant",
        _ => "this is something else",
    };
    Err(not_a_function(input, what))
}

fn not_a_function(input: ParseStream<'_>, what: &str) -> Error {
    input.error(format!(
        "`#[traced_worker]` goes on a function, and {what}: put it on the function that takes the \
         message"
    ))
}
