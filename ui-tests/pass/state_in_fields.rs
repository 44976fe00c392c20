//! Fields read the state, whole or taken apart, as it is before the run.

#![deny(warnings)]

use traced_worker::traced_worker;
use traced_worker_ui_tests::run;

#[derive(Debug)]
struct Db {
    name: String,
    rows: Vec<u32>,
}

fn db() -> Db {
    Db {
        name: "main".to_owned(),
        rows: vec![1],
    }
}

#[traced_worker(fields(db.name, rows = db.rows.len(), db = ?db, row))]
fn insert(#[state] mut db: &mut Db, mut row: u32) -> usize {
    row += 1;
    db.rows.push(row);
    db = take(db);
    db.rows.len()
}

fn take(db: &mut Db) -> &mut Db {
    db
}

#[traced_worker(fields(name, first = rows[0], number))]
fn taken_apart(#[state] Db { name, rows }: &mut Db, (number, _): (u32, u32)) -> usize {
    rows.push(number);
    name.len() + rows.len()
}

#[traced_worker(fields(sum = *sum + number))]
fn explicit(#[state] &mut (ref mut sum, _): &mut (u32, String), number: u32) -> u32 {
    *sum += number;
    *sum
}

#[traced_worker(fields(number))]
fn not_named(#[state] db: &mut Db, number: u32) -> usize {
    db.rows.len() + number as usize
}

#[traced_worker(fields(number))]
fn ignored(#[state] _: &mut Db, number: u32) -> u32 {
    number
}

#[traced_worker(fields(count))]
fn alone(#[state] count: &mut u32) {
    *count += 1;
}

fn main() {
    let (output, span) = run(insert::pool(db), 7);
    assert_eq!(output, 2);
    assert_eq!(span.attribute("db.name"), "\"main\"");
    assert_eq!(span.attribute("rows"), "1");
    assert_eq!(span.attribute("row"), "7");
    assert!(span.attribute("db").contains("rows: [1]"));

    let (output, span) = run(taken_apart::pool(db), (8, 9));
    assert_eq!(output, 6);
    assert_eq!(span.attribute("name"), "\"main\"");
    assert_eq!(span.attribute("first"), "1");
    assert_eq!(span.attribute("number"), "8");

    let (output, span) = run(explicit::pool(|| (1, String::new())), 2);
    assert_eq!((output, &*span.attribute("sum")), (3, "3"));

    assert_eq!(run(not_named::pool(db), 1).0, 2);
    assert_eq!(run(ignored::pool(db), 1).0, 1);
    assert_eq!(run(alone::pool(|| 4), ()).1.attribute("count"), "4");
}
