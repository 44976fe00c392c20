//! Parameters that are taken apart, and fields that name the parts.

use traced_worker::traced_worker;
use traced_worker_ui_tests::run;

struct Point {
    x: i64,
    y: i64,
    label: String,
}

#[traced_worker(fields(x, sum = x + y + first, label, second = text))]
fn process(
    Point { mut x, y, label }: Point,
    (first, ref text): (i64, String),
    [_, last]: [u8; 2],
    _: bool,
    whole @ (..): (u8, u8),
) -> String {
    x += y;
    format!("{label}{text}{x}{first}{last}{}", whole.0)
}

#[traced_worker(fields(number, other))]
fn through_references(&number: &'static u8, (&other, _): (&'static u8, String)) -> u8 {
    number + other
}

#[traced_worker]
fn without_fields((mut a, b): (u8, u8), Point { x, .. }: Point) -> i64 {
    a += b;
    i64::from(a) + x
}

fn main() {
    let point = || Point {
        x: 1,
        y: 2,
        label: "p".to_owned(),
    };
    let message = (point(), (10, "t".to_owned()), [0, 9], true, (5, 6));
    let (output, span) = run(process::pool(), message);
    assert_eq!(output, "pt31095");
    assert_eq!(span.attribute("x"), "1");
    assert_eq!(span.attribute("sum"), "13");
    assert_eq!(span.attribute("label"), "\"p\"");
    assert_eq!(span.attribute("second"), "\"t\"");

    let (output, span) = run(through_references::pool(), (&4, (&5, String::new())));
    assert_eq!(output, 9);
    assert_eq!(span.attribute("number"), "4");
    assert_eq!(span.attribute("other"), "5");

    assert_eq!(run(without_fields::pool(), ((1, 2), point())).0, 4);
}
