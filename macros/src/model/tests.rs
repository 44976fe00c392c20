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
fn a_batch_comes_as_a_vec() {
    for (item, expected) in [
        ("fn f() {}", "write a parameter, `messages: Vec<Message>`"),
        ("fn f(#[state] _: &mut Vec<u8>) {}", "write a parameter"),
        (
            "fn f(_: Vec<u8>, _: Vec<u8>) {}",
            "write a single parameter",
        ),
        ("fn f(_: u8) {}", "write `Vec<u8>`"),
        ("fn f(_: Vec) {}", "write `Vec<Message>`"),
        ("fn f(_: [u8; 3]) {}", "write `Vec<Message>`"),
        ("fn f(_: HashMap<u8, u8>) {}", "write `Vec<Message>`"),
        ("fn f(_: Vec<u8, Global>) {}", "write `Vec<Message>`"),
        (
            "fn f(_: <Vec<u8> as Deref>::Target) {}",
            "write `Vec<Message>`",
        ),
        ("fn f(_: &[u8]) {}", "write `Vec<..>` instead of `&[..]`"),
    ] {
        let (messages, is_worker) = check(quote!(batch = 8), item.parse().expect("tokens"));
        assert_eq!(messages.len(), 1, "{messages:#?}");
        assert!(messages[0].contains(expected), "{messages:#?}");
        assert!(!is_worker, "{messages:#?}");
    }
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
fn a_batch_has_its_outputs() {
    let outputs = |args, item: &str| {
        let mut diagnostics = Diagnostics::default();
        let item = item.parse().expect("tokens");
        let worker = Worker::new(args, item, &mut diagnostics).expect("a worker");
        let batch = worker.batch.expect("a batch");
        let each = match batch.outputs {
            Outputs::Each(ty) => Some(ty.to_token_stream().to_string()),
            Outputs::Shared => None,
        };
        (each, worker.returned.is_some(), diagnostics.messages())
    };
    let none = Vec::<String>::new;
    let shared = outputs(
        quote!(batch = 8, ret),
        "fn f(_: std::vec::Vec<u8>) -> u8 {}",
    );
    assert_eq!(shared, (None, true, none()));
    let nothing = outputs(quote!(batch = 8), "fn f(_: (Vec<u8>)) {}");
    assert_eq!(nothing, (None, false, none()));
    let each = outputs(
        quote!(batch = 8, ret = false),
        "fn f(_: Vec<u8>) -> Vec<u16> {}",
    );
    assert_eq!(each, (Some("u16".to_owned()), false, none()));
    let (_, returned, messages) =
        outputs(quote!(batch = 8, ret), "fn f(_: Vec<u8>) -> Vec<u16> {}");
    assert!(!returned && messages.len() == 1, "{messages:#?}");
    assert!(
        messages[0].contains("`ret` records one value"),
        "{messages:#?}"
    );
}

#[test]
fn a_wrong_batch_is_a_batch() {
    let (messages, is_worker) = check(
        quote!(batch = 0),
        quote!(
            fn f(_: Vec<u8>) {}
        ),
    );
    assert!(messages.len() == 1 && is_worker, "{messages:#?}");
}

#[test]
fn the_mark_of_the_state_is_removed() {
    let mut diagnostics = Diagnostics::default();
    let item = |item: &str| -> TokenStream { item.parse().expect("tokens") };
    let marked = item("fn f(#[state] #[allow(unused)] db: &mut Db, job: Job) {}");
    let worker = Worker::new(quote!(), marked, &mut diagnostics).expect("a worker");
    assert!(diagnostics.messages().is_empty());
    let expected = item("fn f(#[allow(unused)] db: &mut Db, job: Job) {}");
    assert_eq!(worker.function.to_string(), expected.to_string());
    assert_eq!(worker.parameters.len(), 1);

    let wrong = item("fn f(job: Job, #[state] db: &mut Db) {}");
    let wrong = Worker::new(quote!(), wrong, &mut diagnostics).err();
    let expected = item("fn f(job: Job, db: &mut Db) {}").to_string();
    assert_eq!(wrong.map(|item| item.to_string()), Some(expected));
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
