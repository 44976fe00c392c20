//! State: the first parameter, not of the message, made by the pool, of any type that has a size.

#![deny(warnings)]

use std::collections::HashMap;
use std::fmt::Write;
use std::rc::Rc;

use traced_worker::{PoolBuilder, traced_worker};
use traced_worker_ui_tests::run;

type Cache = HashMap<u32, Rc<str>>;

#[traced_worker]
fn look_up(#[state] cache: &mut Cache, key: u32) -> String {
    String::from(&**cache.entry(key).or_insert_with(|| key.to_string().into()))
}

#[traced_worker]
fn only(#[state] calls: &mut u32) -> u32 {
    *calls += 1;
    *calls
}

#[traced_worker]
fn several(#[state] list: &mut Vec<u8>, first: u8, second: u8) -> usize {
    list.extend([first, second]);
    list.len()
}

#[traced_worker]
fn taken_apart(#[state] (sum, count): &mut (u32, u32), number: u32) -> u32 {
    *sum += number;
    *count += 1;
    *sum / *count
}

#[traced_worker]
fn ignored(#[state] _: &mut (), number: u32) -> u32 {
    number
}

#[traced_worker]
fn generic<S: Write + Default + 'static>(#[state] state: &mut S, text: String) -> bool {
    state.write_str(&text).is_ok()
}

#[traced_worker]
fn boxed(#[state] list: &mut Box<dyn Iterator<Item = u8>>) -> Option<u8> {
    list.next()
}

#[traced_worker]
fn nothing(#[state] _state: &mut ()) {}

mod outer {
    pub mod inner {
        pub struct State(pub u8);
    }

    #[traced_worker::traced_worker]
    pub fn process(
        #[state] inner::State(number): &mut inner::State,
        #[allow(unused)] id: u8,
    ) -> u8 {
        *number
    }
}

macro_rules! worker {
    ($name:ident, $state:ty, $message:ty) => {
        #[traced_worker]
        fn $name(#[state] state: $state, message: $message) -> $message {
            *state += message;
            *state
        }
    };
}

worker!(of_a_macro, &mut u8, u8);

fn crosses_threads<T: Send + Sync>(_: &T) {}

fn main() {
    // Although the state does not.
    let builder: PoolBuilder<look_up> = look_up::pool(Cache::new);
    crosses_threads(&builder);

    let mut calls = 1;
    assert_eq!((only(&mut calls), only(&mut calls)), (2, 3));

    assert_eq!(run(look_up::pool(Cache::new), 7).0, "7");
    assert_eq!(run(only::pool(|| 1), ()).0, 2);
    assert_eq!(run(several::pool(|| vec![0]), (1, 2)).0, 3);
    assert_eq!(run(taken_apart::pool(|| (9, 2)), 3).0, 4);
    assert_eq!(run(ignored::pool(|| ()), 7).0, 7);
    run(nothing::pool(|| ()), ());
    assert!(run(generic::<String>::pool(String::new), "a".into()).0);
    let list = || Box::new(1..3_u8) as Box<dyn Iterator<Item = u8>>;
    assert_eq!(run(boxed::pool(list), ()).0, Some(1));
    assert_eq!(
        run(outer::process::pool(|| outer::inner::State(5)), 1).0,
        5
    );
    assert_eq!(
        run(of_a_macro::try_pool(|| "1".parse::<u8>()), 2).0,
        3
    );
}
