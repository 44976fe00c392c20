use quote::quote;

use super::*;

mod several;

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
        ("fn f<'a: 'static>(_: &'a str) {}", "`'a` is `'static`"),
        (
            "fn f<'a>(_: Cow<'a, str>) where 'a: 'static {}",
            "`'a` is `'static`",
        ),
        (
            "fn f(#[state] &mut self) {}",
            "`#[state] state: &mut State`",
        ),
        ("fn f(#[state] #[state] _: &mut u8) {}", "is here twice"),
        (
            "fn f(#[state] _: &mut u8, #[state] _: &mut u8) {}",
            "a worker has one state",
        ),
        (
            "fn f(_: u8, #[state] _: &mut u8) {}",
            "move this one to the front",
        ),
        ("fn f(#[state(u8)] _: &mut u8) {}", "takes no arguments"),
        ("fn f(#[state = 1] _: &mut u8) {}", "takes no arguments"),
        ("fn f(#[state] _: u8) {}", "write `&mut u8`"),
        ("fn f(#[state] _: &Db) {}", "write `&mut Db`"),
        ("fn f(#[state] _: Box<Db>) {}", "write `&mut State`"),
        ("fn f<'a>(#[state] _: &'a mut Db) {}", "leave out `'a`"),
        (
            "fn f(#[state] _: &'static mut Db) {}",
            "leave out `'static`",
        ),
        ("fn f(#[state] _: &mut [u8]) {}", "write `&mut Vec<..>`"),
        (
            "fn f(#[state] _: &mut dyn Db) {}",
            "write `&mut Box<dyn Trait>`",
        ),
        (
            "fn f(#[state] _: &mut &str) {}",
            "`String` instead of `&str`",
        ),
        (
            "fn f(#[state] _: &mut impl Db) {}",
            "the type of the state must",
        ),
        (
            "fn f(#[state] _: &mut Self) {}",
            "`Self` means nothing here",
        ),
        (
            "fn f(#[state] #[cfg(unix)] _: &mut u8) {}",
            "the same in every configuration",
        ),
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
        (quote!(parent = roots), "did you mean `root`?"),
        (
            quote!(parent = follows),
            "there is no parent `follows`: write `child`, `link` or `root`",
        ),
        (quote!(linger = "5ms"), "write `batch = 64` as well"),
        (quote!(err(None)), "`err` records what the function returns"),
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
fn everything_is_said_at_once() {
    let args = quote!(
        kind = queue,
        parent = 7,
        batch = 0,
        linger = "soon",
        ret,
        unknown
    );
    let item = "async fn f<'a>(row: &'a Row, #[state(1)] db: Db) -> Vec<&u8> {}";
    let (messages, _) = check(args, item.parse().expect("tokens"));
    let said: Vec<_> = [
        "`parent` takes",
        "`batch` takes",
        "`linger` takes",
        "no argument `unknown`",
        "no span kind `queue`",
        "`ret` records one value",
        "`#[state]` takes no arguments",
        "move this one to the front",
        "write `&mut Db`",
        "cannot be `async`",
        "a message crosses threads",
        "what a worker returns crosses threads",
    ]
    .into();
    assert_eq!(messages.len(), said.len(), "{messages:#?}");
    for (message, said) in messages.iter().zip(said) {
        assert!(message.contains(said), "{said}: {messages:#?}");
    }
    let args = quote!(batch = 8, linger = "1ms", kind = queue);
    let (messages, _) = check(
        args,
        quote!(
            async fn f(row: Row) {}
        ),
    );
    assert_eq!(messages.len(), 3, "{messages:#?}");
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
