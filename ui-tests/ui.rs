//! Compiles the cases, and holds what the compiler says of them against the files beside them.
//!
//! `TRYBUILD=overwrite cargo test -p traced-worker-ui-tests` writes those files anew. Read them
//! before they are committed: each error once, at the user's token, with what to write instead.

#[test]
fn ui() {
    let cases = trybuild::TestCases::new();
    cases.pass("pass/*.rs");
    cases.compile_fail("fail/*/*.rs");
}
