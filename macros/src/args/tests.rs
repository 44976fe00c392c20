use quote::{ToTokens as _, quote};

use super::*;

fn parse(tokens: TokenStream) -> (Args, Vec<String>) {
    let mut diagnostics = Diagnostics::default();
    let args = Args::parse(tokens, &mut diagnostics);
    (args, diagnostics.messages())
}

/// The one error of `tokens`.
#[track_caller]
fn error(tokens: TokenStream) -> String {
    let (_, mut messages) = parse(tokens);
    assert_eq!(messages.len(), 1, "{messages:#?}");
    messages.remove(0)
}

#[test]
fn nothing_is_given() {
    let (args, messages) = parse(quote!());
    assert!(messages.is_empty());
    assert!(args.name.is_none() && args.kind.is_none() && args.caller.is_none());
    assert!(args.fields.is_empty() && args.err.is_none() && args.ret.is_none());
    assert!(args.parent.is_none() && args.batch.is_none() && args.linger.is_none());
    assert!(args.krate.is_none());
}

#[test]
fn everything_is_given() {
    let (args, messages) = parse(quote! {
        name = "process", kind = consumer, parent = link, caller = "data", fields(id), err(Debug),
        ret, batch = 64, linger = "5ms", crate = path::to::traced_worker,
    });
    assert!(messages.is_empty(), "{messages:#?}");
    assert_eq!(
        args.name.map(|name| name.value()).as_deref(),
        Some("process")
    );
    assert_eq!(args.kind.map(|kind| kind.text).as_deref(), Some("consumer"));
    assert_eq!(
        args.caller.map(|caller| caller.value()).as_deref(),
        Some("data")
    );
    assert_eq!(
        args.parent.map(|parent| parent.text).as_deref(),
        Some("link")
    );
    assert_eq!(args.batch, Some(64));
    assert_eq!(args.linger.map(|time| time.nanoseconds), Some(5_000_000));
    assert_eq!(args.fields.len(), 1);
    assert!(matches!(
        args.err,
        Some(Switch {
            setting: Setting::By(Failing::Err(Format::Debug), _),
            ..
        })
    ));
    assert!(matches!(
        args.ret,
        Some(Switch {
            setting: Setting::On,
            ..
        })
    ));
    let path = args.krate.map(|path| path.into_token_stream().to_string());
    assert_eq!(path.as_deref(), Some("path :: to :: traced_worker"));
}

#[test]
fn switches_have_three_positions() {
    let setting = |tokens| parse(tokens).0.err.map(|switch| switch.setting);
    assert!(matches!(setting(quote!(err)), Some(Setting::On)));
    assert!(matches!(setting(quote!(err = true)), Some(Setting::On)));
    assert!(matches!(setting(quote!(err = false)), Some(Setting::Off)));
    assert!(matches!(
        setting(quote!(err(Display))),
        Some(Setting::By(Failing::Err(Format::Display), _))
    ));
    assert!(matches!(
        setting(quote!(err(None))),
        Some(Setting::By(Failing::None, _))
    ));
}

#[test]
fn times_have_units() {
    for (text, nanoseconds) in [
        ("0s", 0),
        ("7ns", 7),
        ("7us", 7_000),
        ("7µs", 7_000),
        ("7ms", 7_000_000),
        (" 7 s ", 7_000_000_000),
        ("18446744073709551615ns", u64::MAX),
    ] {
        let (args, messages) = parse(quote!(linger = #text));
        assert!(messages.is_empty(), "{messages:#?}");
        assert_eq!(args.linger.map(|time| time.nanoseconds), Some(nanoseconds));
    }
    for text in [
        "",
        "5",
        "ms",
        "5 minutes",
        "-5ms",
        "+5ms",
        "0.5ms",
        "5ms5",
        "18446744073709551616ns",
        "18446744073709551615us",
    ] {
        let message = error(quote!(linger = #text));
        assert!(message.contains("write `linger = \"5ms\"`"), "{message}");
    }
}

#[test]
fn a_batch_has_a_message_at_least() {
    for (tokens, number) in [
        (quote!(batch = 1), 1),
        (quote!(batch = 1_000usize), 1000),
        (quote!(batch = 0x10), 16),
    ] {
        let (args, messages) = parse(tokens);
        assert!(messages.is_empty(), "{messages:#?}");
        assert_eq!(args.batch, Some(number));
    }
    for tokens in [
        quote!(batch = 0),
        quote!(batch = -1),
        quote!(batch = 1.5),
        quote!(batch = "64"),
        quote!(batch = SIZE),
        quote!(batch = 99999999999999999999999),
        quote!(batch(64)),
        quote!(batch),
    ] {
        let (args, messages) = parse(tokens);
        assert_eq!(
            messages,
            ["`batch` takes a number, 1 at least: write `batch = 64`"]
        );
        assert!(args.batch.is_some(), "it is a batch worker all the same");
    }
}

#[test]
fn empty_fields_are_declared_only() {
    let (args, messages) = parse(quote!(fields(a = Empty, b = Empty::new(), c = ?Empty, d)));
    assert!(messages.is_empty(), "{messages:#?}");
    let keys: Vec<_> = args.fields.iter().map(|field| field.key.value()).collect();
    assert_eq!(keys, ["b", "c", "d"]);
    let message = error(quote!(fields(a = Empty, a = 1)));
    assert!(
        message.contains("the field `a` is given twice"),
        "{message}"
    );
}

#[test]
fn fields_have_keys_formats_and_values() {
    let (args, messages) = parse(quote! {
        fields(a, b.c, %d, ?e.f, g = 1 + 2, h = %x.y(), i = ?z, "j k" = w, r#type.r#fn, m = a == b)
    });
    assert!(messages.is_empty(), "{messages:#?}");
    let fields: Vec<_> = args
        .fields
        .iter()
        .map(|field| (field.key.value(), field.format, field.value.to_string()))
        .collect();
    let expected = [
        ("a", None, "a"),
        ("b.c", None, "b . c"),
        ("d", Some(Format::Display), "d"),
        ("e.f", Some(Format::Debug), "e . f"),
        ("g", None, "1 + 2"),
        ("h", Some(Format::Display), "x . y ()"),
        ("i", Some(Format::Debug), "z"),
        ("j k", None, "w"),
        ("type.fn", None, "r#type . r#fn"),
        ("m", None, "a == b"),
    ];
    let expected = expected.map(|(key, format, value)| (key.to_owned(), format, value.to_owned()));
    assert_eq!(fields, expected);
}

#[test]
fn what_is_right_is_kept_beside_what_is_wrong() {
    let (args, messages) = parse(quote! {
        nam = "a", name = "b", kind = 3, fields(x = , y), 7, ret
    });
    assert_eq!(messages.len(), 4, "{messages:#?}");
    assert_eq!(args.name.map(|name| name.value()).as_deref(), Some("b"));
    assert_eq!(args.fields.len(), 1);
    assert!(args.kind.is_none() && args.ret.is_some());
}

#[test]
fn a_second_of_any_argument_is_refused() {
    for argument in ARGUMENTS {
        let example = argument.example.split('`').next().unwrap_or_default();
        let twice: TokenStream = format!("{example}, {example}").parse().expect("tokens");
        let message = error(twice);
        assert!(
            message.contains(&format!("`{}` is given twice", argument.name)),
            "{message}"
        );
    }
}

#[test]
fn every_example_is_right() {
    for argument in ARGUMENTS {
        for example in argument
            .example
            .split("`, `")
            .flat_map(|all| all.split("` or `"))
        {
            let (_, messages) = parse(example.parse().expect("tokens"));
            assert!(messages.is_empty(), "{example}: {messages:#?}");
        }
    }
}

#[test]
fn no_argument_takes_everything() {
    for argument in ARGUMENTS {
        let wrong: TokenStream = format!("{} = 'x'", argument.name).parse().expect("tokens");
        let message = error(wrong);
        assert!(
            message.starts_with(&format!("`{}` takes ", argument.name)),
            "{message}"
        );
        assert!(message.contains(argument.example), "{message}");
    }
}

#[test]
fn errors_say_what_to_write() {
    for (tokens, expected) in [
        (quote!(nmae = "x"), "did you mean `name`?"),
        (
            quote!(ret(None)),
            "`ret` takes `Debug`, `Display`, `true` or",
        ),
        (quote!(err(Some)), "`err` takes `Debug`, `Display`, `None`,"),
        (
            quote!(parent = 3),
            "`parent` takes `child`, `link` or `root`",
        ),
        (
            quote!(linger = 5),
            "`linger` takes a whole number and its unit",
        ),
        (quote!(level = "x"), "the arguments are `name`, `kind`"),
        (
            quote!(name = ""),
            "`name` is empty: write `name = \"worker_process\"`",
        ),
        (quote!("x"), "write `name = \"x\"`"),
        (quote!(name: "x"), "expected `=` here: write `name = "),
        (quote!(nme: "x"), "did you mean `name`?"),
        (
            quote!(name = "x" kind = client),
            "expected a `,` before this",
        ),
        (
            quote!(name = "x",, ret),
            "expected an argument before this `,`",
        ),
        (quote!(fields()), "`fields` is empty"),
        (quote!(fields(a, a)), "the field `a` is given twice"),
        (
            quote!(fields(a = 1, "a" = 2)),
            "the field `a` is given twice",
        ),
        (
            quote!(fields(a.b())),
            "needs a key: write `key = expression`",
        ),
        (quote!(fields("a")), "write `\"a\" = expression`"),
        (quote!(fields("" = 1)), "a field's key is empty"),
        (quote!(fields(a = )), "`a` has no value"),
        (quote!(fields(%a = 1)), "write `a = %expression`"),
        (quote!(fields(a = 1 b = 2)), "expected a `,` before this"),
    ] {
        let message = error(tokens);
        assert!(message.contains(expected), "{message}");
    }
}
