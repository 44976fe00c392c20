//! Batches and state.

use quote::quote;

use super::*;

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
