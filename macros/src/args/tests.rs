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
    assert!(args.relation.is_none() && args.batch.is_none() && args.linger.is_none());
    assert!(args.worker.is_none() && args.krate.is_none());
}

#[test]
fn everything_is_given() {
    let (args, messages) = parse(quote! {
        name = "process", kind = consumer, relation = link, caller = "data", fields(id), err(Debug),
        ret, batch = 64, linger = "5ms", worker = Name, crate = path::to::traced_worker,
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
        args.relation.map(|relation| relation.text).as_deref(),
        Some("link")
    );
    assert_eq!(args.batch, Some(64));
    assert_eq!(args.linger.map(|time| time.nanoseconds), Some(5_000_000));
    assert_eq!(args.fields.len(), 1);
    assert!(matches!(
        args.err,
        Some(Toggle {
            setting: Setting::By(Failing::Err(Format::Debug), _),
            ..
        })
    ));
    assert!(matches!(
        args.ret,
        Some(Toggle {
            setting: Setting::On,
            ..
        })
    ));
    assert!(args.worker.is_some_and(|name| name == "Name"));
    let path = args.krate.map(|path| path.into_token_stream().to_string());
    assert_eq!(path.as_deref(), Some("path :: to :: traced_worker"));
}

#[test]
fn toggles_have_three_positions() {
    let setting = |tokens| parse(tokens).0.err.map(|toggle| toggle.setting);
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
        let _ = error(quote!(linger = #text));
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
        assert_eq!(messages.len(), 1, "{messages:#?}");
        assert!(args.batch.is_some(), "it is a batch worker all the same");
    }
}

#[test]
fn empty_fields_are_declared_only() {
    let (args, messages) = parse(quote!(fields(a = Empty, b = Empty::new(), c = ?Empty, d)));
    assert!(messages.is_empty(), "{messages:#?}");
    let keys: Vec<_> = args.fields.iter().map(|field| field.key.value()).collect();
    assert_eq!(keys, ["b", "c", "d"]);
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
fn control_flow_may_stay_inside_a_field() {
    let (args, messages) = parse(quote!(fields(
        a = (|| -> Option<u8> { Some(text.parse().ok()?) })(),
        b = (|| return 1)(),
        c = {
            fn one() -> u8 {
                return 1;
            }
            one()
        },
        d = loop {
            break 1;
        },
        e = 'a: {
            if flag {
                break 'a 1;
            }
            2
        },
        f = 'a: loop {
            loop {
                continue 'a;
            }
        },
        g = {
            for _ in list {
                if flag {
                    continue;
                }
                break;
            }
            1
        },
        h = {
            while flag {
                break;
            }
            1
        },
        i = block_on(async { work().await? }),
        j = const { 1 },
        k = (move || async { return })(),
    )));
    assert!(messages.is_empty(), "{messages:#?}");
    assert_eq!(args.fields.len(), 11);
}

#[test]
fn no_control_flow_leaves_a_field() {
    for field in [
        quote!(if flag { return 1 } else { 2 }),
        quote!(text.parse::<u8>()?),
        quote!(outer((|| 1)(), text.parse::<u8>()?)),
        quote!({ break 1 }),
        quote!({ continue }),
        quote!('a: { break 1 }),
        quote!(loop {
            break 'outer 1;
        }),
        quote!({
            for _ in {
                break;
                list
            } {}
            1
        }),
        quote!(loop {
            continue 'outer;
        }),
        quote!(future.await),
        quote!([1, { return 1 }].len()),
    ] {
        let (args, messages) = parse(quote!(fields(a = #field, b = 1)));
        assert_eq!(messages.len(), 1, "{field}: {messages:#?}");
        assert_eq!(args.fields.len(), 1);
    }
}

#[test]
fn only_the_keys_of_the_runtime_are_reserved() {
    for key in [
        "thread",
        "thread.id.of.job",
        "code",
        "codes.id",
        "error",
        "message.code.id",
    ] {
        let (_, messages) = parse(quote!(fields(#key = 1)));
        assert!(messages.is_empty(), "{messages:#?}");
    }
    for key in [
        "thread.id",
        "code.line.number",
        "error.type",
        "traced_worker.queue.wait",
    ] {
        let (args, messages) = parse(quote!(fields(#key = 1, b = 1)));
        assert_eq!(messages.len(), 1, "{key}: {messages:#?}");
        assert_eq!(args.fields.len(), 1);
    }
}

#[test]
fn a_level_is_a_name_a_number_or_a_path() {
    let level = |tokens| {
        let (args, messages) = parse(tokens);
        assert!(messages.is_empty(), "{messages:#?}");
        match args.level.expect("a level").name {
            LevelName::Constant(level) => level.to_owned(),
            LevelName::Path(path) => path.to_token_stream().to_string(),
        }
    };
    assert_eq!(level(quote!(level = "debug")), "DEBUG");
    assert_eq!(level(quote!(level = "Warn")), "WARN");
    assert_eq!(level(quote!(level = 1)), "TRACE");
    assert_eq!(level(quote!(level = 5)), "ERROR");
    assert_eq!(level(quote!(level = Level::INFO)), "Level :: INFO");
}

#[test]
fn a_wrong_level_is_reported() {
    for tokens in [
        quote!(level = "loud"),
        quote!(level = 0),
        quote!(level = 6),
        quote!(level = true),
        quote!(level),
        quote!(level("info")),
    ] {
        let message = error(tokens);
        assert!(
            message.starts_with("`level` takes `\"trace\"`"),
            "{message}"
        );
    }
}
