use quote::quote;

use super::*;

/// The errors of a function under the attribute, and whether there is a worker all the same.
fn check(args: TokenStream, item: TokenStream) -> (Vec<String>, bool) {
    let mut diagnostics = Diagnostics::default();
    let worker = Worker::new(args, item, &mut diagnostics);
    (diagnostics.messages(), worker.is_ok())
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
fn the_attribute_of_the_state_is_removed() {
    let mut diagnostics = Diagnostics::default();
    let item = |item: &str| -> TokenStream { item.parse().expect("tokens") };
    let with_state = item("fn f(#[state] #[allow(unused)] db: &mut Db, job: Job) {}");
    let worker = Worker::new(quote!(), with_state, &mut diagnostics).expect("a worker");
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
fn the_parts_of_a_tracing_span_need_tracing() {
    for args in [quote!(level = "debug"), quote!(target = "jobs")] {
        let (messages, is_worker) = check(
            args,
            quote!(
                fn f() {}
            ),
        );
        assert!(is_worker && messages.len() == 1, "{messages:#?}");
        assert!(messages[0].contains("add `tracing`"), "{messages:#?}");
    }
}

#[cfg(not(feature = "tracing"))]
#[test]
fn tracing_needs_its_feature() {
    let (messages, is_worker) = check(
        quote!(tracing, level = "info"),
        quote!(
            fn f() {}
        ),
    );
    assert!(is_worker && messages.len() == 1, "{messages:#?}");
    assert!(
        messages[0].contains("features = [\"tracing\"]"),
        "{messages:#?}"
    );
}

#[cfg(feature = "tracing")]
#[test]
fn a_tracing_span_has_its_events() {
    let tracing = |args| {
        let mut diagnostics = Diagnostics::default();
        let item = quote!(
            fn f() -> Result<u8, String> {}
        );
        let worker = Worker::new(args, item, &mut diagnostics).ok();
        let tracing = worker.expect("a worker").tracing.expect("a tracing span");
        assert_eq!(diagnostics.messages(), [""; 0]);
        (
            tracing.is_detached,
            tracing.has_error_event,
            tracing.has_return_event,
        )
    };
    assert_eq!(tracing(quote!(tracing)), (false, false, false));
    assert_eq!(tracing(quote!(tracing(detached))), (true, false, false));
    assert_eq!(tracing(quote!(tracing, err)), (false, true, false));
    assert_eq!(tracing(quote!(tracing, err = false)), (false, false, false));
    assert_eq!(
        tracing(quote!(tracing, err(Debug), ret)),
        (false, true, true)
    );
}
