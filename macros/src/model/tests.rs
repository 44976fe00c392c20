use quote::quote;

use super::*;

/// The errors of a function under the attribute, and whether there is a worker all the same.
fn check(args: TokenStream, item: TokenStream) -> (Vec<String>, bool) {
    let mut diagnostics = Diagnostics::default();
    let worker = Worker::new(args, item, &mut diagnostics);
    (diagnostics.messages(), worker.is_ok())
}

#[test]
fn what_a_worker_cannot_be() {
    for (item, expected) in [
        ("const fn f() {}", "cannot be `const`"),
        ("async fn f() {}", "cannot be `async` yet"),
        ("unsafe fn f() {}", "cannot be `unsafe`"),
        ("extern \"C\" fn f() {}", "cannot be `extern`"),
        ("fn f(_: u8, _: ...) {}", "cannot be variadic"),
        ("fn f(&self) {}", "has no `self`"),
        ("fn f(self: Box<u8>) {}", "has no `self`"),
        ("fn f() -> Self {}", "`Self` means nothing here"),
        ("fn f() -> ! {}", "leave `-> !` out"),
        ("fn f();", "needs a body"),
        ("fn f<'a>() {}", "cannot have a lifetime parameter"),
        ("fn f(_: impl Sized) {}", "write a type parameter"),
        ("fn f() -> Vec<impl Sized> {}", "write that type"),
        (
            "fn f(#[cfg(unix)] _: u8) {}",
            "the same in every configuration",
        ),
        ("struct S;", "this is a struct"),
        ("pub const F: u8 = 1;", "this is a constant"),
        ("unsafe impl Send for S {}", "this is an impl block"),
        ("unsafe extern \"C\" {}", "this is something else"),
        ("macro_call! {}", "this is a macro call"),
    ] {
        let (messages, is_worker) = check(quote!(), item.parse().expect("tokens"));
        assert_eq!(messages.len(), 1, "{messages:#?}");
        assert!(messages[0].contains(expected), "{messages:#?}");
        assert!(!is_worker, "{messages:#?}");
    }
}

#[test]
fn borrowed_types_have_owned_ones() {
    for (ty, expected) in [
        (quote!(&str), "`String` instead of `&str`"),
        (
            quote!(Option<&std::path::Path>),
            "`PathBuf` instead of `&Path`",
        ),
        (quote!(&mut [u8]), "`Vec<..>` instead of `&mut [..]`"),
        (quote!(&u8), "without the reference"),
        (quote!(&'static &OsStr), "`OsString` instead of `&OsStr`"),
        (quote!(Cow<'a, str>), "`'static` instead of `'a`"),
        (quote!(Box<dyn Job + '_>), "`'static` instead of `'_`"),
        (quote!(Box<dyn Fn(&'a str)>), "`String` instead of `&str`"),
    ] {
        let (messages, is_worker) = check(quote!(), quote!(fn f<'a>(_: #ty) {}));
        assert_eq!(messages.len(), 1, "{messages:#?}");
        assert!(messages[0].contains(expected), "{messages:#?}");
        assert!(!is_worker);
    }
    let (messages, _) = check(
        quote!(),
        quote!(
            fn f() -> &str {}
        ),
    );
    assert!(messages[0].contains("`String`, or `&'static str`, instead of `&str`"));
}

#[test]
fn what_only_looks_borrowed_is_taken() {
    for ty in [
        quote!(&'static str),
        quote!(Cow<'static, str>),
        quote!(fn(&u8) -> &u8),
        quote!(Box<dyn Fn(&str, Cow<'_, str>) -> &str + Send>),
        quote!(Box<dyn for<'a> Fn(&'a str) -> Cow<'a, str>>),
        quote!(for<'a> fn(&'a u8) -> &'a u8),
    ] {
        let (messages, is_worker) = check(quote!(), quote!(fn f(_: #ty) -> #ty {}));
        assert!(messages.is_empty() && is_worker, "{messages:#?}");
    }
}

#[test]
fn wrong_arguments_leave_the_worker() {
    for (args, expected) in [
        (
            quote!(kind = queue),
            "there is no span kind `queue`: write `internal`",
        ),
        (quote!(kind = Server), "did you mean `server`?"),
        (quote!(err), "`err` records what the function returns"),
        (
            quote!(ret(Debug)),
            "`ret` records what the function returns",
        ),
        (quote!(unknown), "there is no argument `unknown`"),
    ] {
        let (messages, is_worker) = check(
            args,
            quote!(
                fn f() {}
            ),
        );
        assert_eq!(messages.len(), 1, "{messages:#?}");
        assert!(messages[0].contains(expected), "{messages:#?}");
        assert!(is_worker);
    }
    assert!(
        check(
            quote!(err = false),
            quote!(
                fn f() {}
            )
        )
        .0
        .is_empty()
    );
}

#[test]
fn a_second_attribute_is_refused_and_removed() {
    let item = quote!(
        #[traced_worker::traced_worker(ret)]
        #[inline]
        fn f() {}
    );
    let mut diagnostics = Diagnostics::default();
    let worker = Worker::new(quote!(), item, &mut diagnostics).expect("a worker");
    assert!(diagnostics.messages()[0].contains("is here twice"));
    assert_eq!(
        worker.function.to_string(),
        quote!(
            #[inline]
            fn f() {}
        )
        .to_string()
    );
}

#[test]
fn names_come_from_the_function() {
    let mut diagnostics = Diagnostics::default();
    let name = |item, diagnostics: &mut _| {
        let worker = Worker::new(quote!(), item, diagnostics).ok();
        worker.map(|worker| worker.name.value())
    };
    let plain = name(
        quote!(
            fn process() {}
        ),
        &mut diagnostics,
    );
    assert_eq!(plain.as_deref(), Some("process"));
    let raw = name(
        quote!(
            fn r#match() {}
        ),
        &mut diagnostics,
    );
    assert_eq!(raw.as_deref(), Some("match"));
}
