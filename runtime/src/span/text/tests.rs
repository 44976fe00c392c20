use super::*;

fn limit_of(of_spans: &str, of_all: &str) -> (usize, Vec<&'static str>) {
    let (limit, malformed) = TextLimit::from_variables(|name| {
        let value = if name == VARIABLES[0] {
            of_spans
        } else {
            of_all
        };
        (value != "unset").then(|| value.into())
    });
    assert_eq!(limit.bytes, MAX_BYTES, "no variable raises it");
    (limit.characters, malformed)
}

#[test]
fn a_variable_lowers_the_limit() {
    assert_eq!(limit_of("unset", "unset"), (usize::MAX, vec![]));
    assert_eq!(limit_of("unset", "100"), (100, vec![]));
    assert_eq!(limit_of("unset", " 7 "), (7, vec![]));
    assert_eq!(limit_of("unset", "0"), (0, vec![]));
    assert_eq!(limit_of("", ""), (usize::MAX, vec![]), "empty is unset");
}

#[test]
fn the_variable_of_spans_goes_first() {
    assert_eq!(limit_of("200", "100"), (200, vec![]));
    assert_eq!(limit_of("", "100"), (100, vec![]));
}

#[test]
fn a_malformed_variable_is_ignored_and_reported() {
    let [of_spans, of_all] = VARIABLES;
    for malformed in ["-1", "1.5", "1k", "none", "99999999999999999999999"] {
        assert_eq!(limit_of(malformed, "100"), (100, vec![of_spans]));
        assert_eq!(limit_of("100", malformed), (100, vec![of_all]));
        let both = vec![of_spans, of_all];
        assert_eq!(limit_of(malformed, malformed), (usize::MAX, both));
    }
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_no_unicode_is_malformed() {
    use std::os::unix::ffi::OsStringExt as _;

    let (limit, malformed) =
        TextLimit::from_variables(|_| Some(OsString::from_vec(vec![b'1', 0xff])));
    assert_eq!(limit.characters, usize::MAX);
    assert_eq!(malformed, VARIABLES);
}

fn limit(bytes: usize, characters: usize) -> TextLimit {
    TextLimit { bytes, characters }
}

#[test]
fn a_text_is_cut_between_two_characters() {
    let cut = |bytes, text| limit(bytes, usize::MAX).cut(text);
    assert_eq!(cut(5, "abcde"), None);
    assert_eq!(cut(5, "abcdef").as_deref(), Some("ab…"));
    // `é` has two bytes, of which one would fit.
    assert_eq!(cut(6, "ééé"), None);
    assert_eq!(cut(6, "éééé").as_deref(), Some("é…"));
    assert_eq!(cut(3, "abcd").as_deref(), Some("…"));
    assert_eq!(cut(2, "abcd").as_deref(), Some(""));
}

#[test]
fn a_text_is_cut_by_its_characters() {
    let cut = |characters, text| limit(MAX_BYTES, characters).cut(text);
    assert_eq!(cut(3, "ééé"), None);
    assert_eq!(cut(3, "éééé").as_deref(), Some("éé…"));
    assert_eq!(cut(1, "éé").as_deref(), Some("…"));
    assert_eq!(cut(0, "é").as_deref(), Some(""));
    assert_eq!(cut(0, ""), None);
    let long = "é".repeat(MAX_BYTES);
    assert_eq!(
        cut(usize::MAX, &long).map(|cut| cut.len()),
        Some(MAX_BYTES - 1)
    );
}

#[test]
fn what_is_built_of_a_longer_text_exceeds_the_limit() {
    for text in ["a", "é", "€", "😀"].map(|character| character.repeat(40)) {
        for bytes in 1..20 {
            let limit = limit(bytes, usize::MAX);
            assert!(limit.is_exceeded_by(prefix(&text, limit.bytes_to_build())));
        }
        for characters in 0..10 {
            let limit = limit(MAX_BYTES, characters);
            assert!(limit.is_exceeded_by(prefix(&text, limit.bytes_to_build())));
        }
    }
}
