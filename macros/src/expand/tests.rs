use expect_test::expect_file;
use quote::quote;
use syn::visit::{self, Visit};

use super::*;

fn expansion(args: TokenStream, item: TokenStream) -> syn::File {
    syn::parse2(attribute(args, item)).expect("the expansion is Rust")
}

/// Holds an expansion against `snapshots/{name}.rs`, which `UPDATE_EXPECT=1` writes anew.
fn snapshot(name: &str, args: TokenStream, item: TokenStream) {
    let expansion = prettyplease::unparse(&expansion(args, item));
    let path = format!("{}/snapshots/{name}.rs", env!("CARGO_MANIFEST_DIR"));
    expect_file![path].assert_eq(&expansion);
}

#[test]
fn plain() {
    snapshot(
        "plain",
        quote!(),
        quote! {
            /// Hashes a file.
            pub fn process(job: Job) -> Result<Digest, HashError> {
                hash(&job.path)
            }
        },
    );
}

#[test]
fn nothing_in_nothing_out() {
    snapshot(
        "nothing",
        quote!(),
        quote!(
            fn process() {}
        ),
    );
}

#[test]
fn several_parameters() {
    snapshot(
        "several_parameters",
        quote!(
            name = "worker_process",
            kind = consumer,
            caller = "process_data"
        ),
        quote!(
            fn process(job: Job, retries: u32) -> u32 {
                retries
            }
        ),
    );
}

#[test]
fn fields() {
    snapshot(
        "fields",
        quote!(fields(job.id, path = %job.path.display(), retries = ?retries, "size in bytes" = job.size())),
        quote!(
            fn process(mut job: Job, retries: Option<u32>) {
                job.run(retries);
            }
        ),
    );
}

#[cfg(feature = "tracing")]
#[test]
fn a_span_of_tracing() {
    snapshot(
        "tracing",
        quote!(
            tracing,
            level = "debug",
            target = "jobs",
            kind = consumer,
            fields(job.id, path = %job.path.display(), digest = Empty),
            err,
            ret
        ),
        quote!(
            fn process(job: Job) -> Result<Digest, HashError> {
                hash(&job.path)
            }
        ),
    );
}

#[test]
fn destructured() {
    snapshot(
        "destructured",
        quote!(fields(id, name)),
        quote!(
            fn process(Job { mut id, ref name }: Job, _: bool, (&byte, _): (&'static u8, u8)) {
                id += 1;
            }
        ),
    );
}

#[test]
fn generics() {
    snapshot(
        "generics",
        quote!(fields(value = %value)),
        quote!(
            pub(crate) fn process<T: Display + Send + 'static, U, const N: usize>(
                value: T,
                list: Box<U>,
            ) -> [T; N]
            where
                U: ?Sized + Send + 'static,
            {
                todo!()
            }
        ),
    );
}

#[test]
fn attributes() {
    snapshot(
        "attributes",
        quote!(),
        quote!(
            /// Stays with the function.
            #[doc(hidden)]
            #[must_use]
            #[inline]
            #[cfg(unix)]
            #[cfg_attr(test, inline, cfg(all()), allow(unused))]
            #[allow(dead_code)]
            #[expect(unused_variables)]
            fn r#match(r#type: u8) -> u8 {
                #![allow(unused)]
                r#type
            }
        ),
    );
}

/// The tokens that the derive emits in place of the helper attribute.
#[test]
fn deprecated() {
    let expansion = attribute(
        quote!(worker = Match, fields(other = r#match)),
        quote!(
            #[cfg_attr(unix, deprecated)]
            fn r#match(r#match: u8) {}
        ),
    );
    let mut expansion: syn::File = syn::parse2(expansion).expect("the expansion is Rust");
    let Some(syn::Item::Struct(item)) = expansion.items.last_mut() else {
        panic!("the last item is not the struct");
    };
    let impls = derive_deprecated(quote!(#item));
    item.attrs
        .retain(|attribute| !attribute.path().is_ident("__deprecated_worker"));
    let impls: syn::File = syn::parse2(impls).expect("the impls are Rust");
    expansion.items.extend(impls.items);
    let path = format!("{}/snapshots/deprecated.rs", env!("CARGO_MANIFEST_DIR"));
    expect_file![path].assert_eq(&prettyplease::unparse(&expansion));
}

#[test]
fn relation() {
    snapshot(
        "relation",
        quote!(relation = "link", err(None)),
        quote!(
            fn process(job: Job) -> Option<Digest> {
                job.run()
            }
        ),
    );
}

#[test]
fn state() {
    snapshot(
        "state",
        quote!(fields(job.id, db.name, result = Empty)),
        quote!(
            fn process(#[state] db: &mut Connection, job: Job) -> Result<(), Error> {
                db.store(job)
            }
        ),
    );
}

#[test]
fn batch_with_one_output() {
    snapshot(
        "batch_shared",
        quote!(batch = 64, fields(rows = rows.len()), ret),
        quote!(
            fn store(#[state] db: &mut Connection, rows: Vec<Row>) -> Result<usize, Error> {
                db.store(rows)
            }
        ),
    );
}

#[test]
fn batch_with_an_output_for_each() {
    snapshot(
        "batch_each",
        quote!(batch = 64, linger = "5ms"),
        quote!(
            fn store(rows: Vec<Row>) -> Vec<Result<(), Error>> {
                rows.into_iter().map(Row::store).collect()
            }
        ),
    );
}

#[test]
fn everything() {
    let (args, item) = of_everything();
    snapshot("everything", args, item);
}

#[test]
fn a_wrong_argument() {
    snapshot(
        "wrong_argument",
        quote!(nmae = "process", kind = "queue", err = false),
        quote!(
            fn process(job: Job) -> Result<(), Job> {
                Err(job)
            }
        ),
    );
}

#[test]
fn a_wrong_signature() {
    snapshot(
        "wrong_signature",
        quote!(name = ""),
        quote!(
            unsafe fn process(name: &str) {}
        ),
    );
}

#[test]
#[cfg(feature = "tokio")]
fn asynchronous() {
    snapshot(
        "async",
        quote!(fields(url = %url)),
        quote!(
            pub async fn fetch(url: Url) -> Result<Page, Error> {
                get(url).await
            }
        ),
    );
}

#[test]
#[cfg(feature = "tokio")]
fn asynchronous_and_generic() {
    snapshot(
        "async_generic",
        quote!(),
        quote!(
            async fn fetch<T: Send + 'static, const N: usize>(first: T, second: [T; N]) {}
        ),
    );
}

#[test]
#[cfg(not(feature = "tokio"))]
fn an_async_worker_without_the_feature_names_it() {
    let expansion = attribute(
        quote!(),
        quote!(
            async fn fetch(url: Url) {}
        ),
    );
    let expansion = expansion.to_string();
    assert!(
        expansion.contains("needs the feature `tokio`"),
        "{expansion}"
    );
    assert!(!expansion.contains("impl"), "{expansion}");
}

#[test]
fn a_plain_worker_is_short() {
    let plain = expansion(
        quote!(),
        quote!(
            fn process(job: Job) -> Result<(), Error> {
                job.run()
            }
        ),
    );
    let lines = prettyplease::unparse(&plain).lines().count();
    assert!(lines < 60, "{lines} lines");
}

#[test]
fn the_function_comes_first_and_unchanged() {
    let (args, item) = of_everything();
    let expansion = expansion(args, item.clone());
    let Some(syn::Item::Fn(mut function)) = expansion.items.into_iter().next() else {
        panic!("the first item is not the function");
    };
    function
        .attrs
        .retain(|attribute| !attribute.path().is_ident("cfg_attr"));
    // The compiler knows no `#[state]`.
    let written = item.to_string().replacen("# [state] ", "", 1);
    assert_eq!(quote!(#function).to_string(), written);
}

#[test]
fn generated_code_names_only_core_and_the_private_module() {
    struct Paths(Vec<String>);
    impl Visit<'_> for Paths {
        fn visit_path(&mut self, path: &syn::Path) {
            self.0.push(quote!(#path).to_string().replace(' ', ""));
            visit::visit_path(self, path);
        }
        fn visit_item_use(&mut self, item: &syn::ItemUse) {
            let tree = &item.tree;
            self.0.push(quote!(#tree).to_string().replace(' ', ""));
        }
    }
    let mut paths = Paths(Vec::new());
    let mut items = vec![of_everything(), of_a_batch()];
    if cfg!(feature = "tokio") {
        items.push(of_a_task());
    }
    for (args, item) in items {
        let args = quote!(#args, crate = runtime);
        for item in expansion(args, item).items.iter().skip(1) {
            paths.visit_item(item);
        }
    }
    let is_allowed = |path: &&String| {
        let is_local = !path.contains("::") || path.starts_with("Self::");
        is_local || path.starts_with("::core::") || path.starts_with("runtime::__private::")
    };
    let refused: Vec<_> = paths.0.iter().filter(|path| !is_allowed(path)).collect();
    assert!(refused.is_empty(), "{refused:#?}");
    assert!(paths.0.len() > 20, "{:#?}", paths.0);
    // What has one segment is the user's, the worker itself, or a language item.
    let names = [
        "Job",
        "u32",
        "Reply",
        "Connection",
        "process",
        "Self",
        "job",
        "retries",
        "db",
    ];
    let generated = [
        "__message",
        "__messages",
        "__count",
        "__state",
        "__span",
        "__output",
        "__function",
        "__E",
        "__F",
        "make_state",
        "doc",
    ];
    let attributes = ["automatically_derived", "non_exhaustive"];
    let known = |path: &&String| {
        let path = path.as_str();
        path.contains("::")
            || names.contains(&path)
            || generated.contains(&path)
            || attributes.contains(&path)
    };
    let unknown: Vec<_> = paths.0.iter().filter(|path| !known(path)).collect();
    assert!(unknown.is_empty(), "{unknown:#?}");
}

fn of_everything() -> (TokenStream, TokenStream) {
    let args = quote! {
        name = "worker_process",
        kind = producer,
        relation = root,
        caller = "process_data",
        fields(job.id, ?retries, shown = %job, db.name),
        err(Debug),
        ret
    };
    let item = quote! {
        pub fn process(#[state] db: &mut Connection, job: Job, retries: u32) -> Reply {
            job.run(db, retries)
        }
    };
    (args, item)
}

fn of_a_task() -> (TokenStream, TokenStream) {
    let args = quote!(fields(job.id), ret);
    let item = quote! {
        async fn process(job: Job, retries: u32) -> Reply {
            Reply
        }
    };
    (args, item)
}

fn of_a_batch() -> (TokenStream, TokenStream) {
    let args = quote!(
        batch = 64,
        linger = "5ms",
        fields(jobs = job.len()),
        err(Debug),
        ret
    );
    let item = quote! {
        fn process(job: Vec<Job>) -> Reply {
            Reply
        }
    };
    (args, item)
}
