//! The item under the attribute: a function's signature is parsed, its body is not looked at.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Error, Ident, Signature, Token, Visibility, token};

/// A function, as it was written.
pub(crate) struct Function {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
    pub(crate) body: TokenTree,
}

impl Function {
    /// Parses the item; the error says why it is not a function with a body.
    pub(crate) fn parse(item: TokenStream) -> syn::Result<Self> {
        syn::parse2(item)
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

/// Refuses what is no function, at the word that says what it is.
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
