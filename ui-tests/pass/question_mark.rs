//! `?`, `return` and the tail all end the function as they always do.

use traced_worker::traced_worker;

#[traced_worker]
fn parse(text: String) -> Result<i32, std::num::ParseIntError> {
    if text.is_empty() {
        return Ok(0);
    }
    let number: i32 = text.parse()?;
    Ok(number + 1)
}

fn main() {
    assert_eq!(parse(String::new()), Ok(0));
    let run = |text: &str| traced_worker_ui_tests::run(parse::pool(), text.to_owned()).0;
    assert_eq!(run(""), Ok(0));
    assert_eq!(run("1"), Ok(2));
    assert!(run("x").is_err());
}
