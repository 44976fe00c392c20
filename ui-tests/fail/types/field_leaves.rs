//! Control flow that would leave a field, hidden in a macro.

use traced_worker::traced_worker;

macro_rules! leave {
    (return) => {
        return 77
    };
    (try $value:expr) => {
        $value?
    };
    (break $label:lifetime) => {
        break $label 1
    };
}

#[traced_worker(fields(number = leave!(return)))]
fn returns(text: String) -> u32 {
    text.len() as u32
}

#[traced_worker(fields(number = leave!(try text.parse::<u32>())))]
fn tries(text: String) -> Result<u32, std::num::ParseIntError> {
    text.parse()
}

fn main() {}
