//! State in another place than the first, and more than one.

use traced_worker::traced_worker;

struct Db;

#[traced_worker]
fn second(id: u32, #[state] db: &mut Db) -> u32 {
    let _ = db;
    id
}

#[traced_worker]
fn two(#[state] db: &mut Db, #[state] count: &mut u32) {
    let _ = (db, count);
}

#[traced_worker]
fn twice(
    #[state]
    #[state]
    db: &mut Db,
) {
    let _ = db;
}

#[traced_worker]
fn with_arguments(#[state(Db)] db: &mut Db) {
    let _ = db;
}

impl Db {
    #[traced_worker]
    fn of_self(#[state] &mut self, id: u32) -> u32 {
        id
    }
}

fn main() {
    second(1, &mut Db);
    two(&mut Db, &mut 1);
    twice(&mut Db);
    with_arguments(&mut Db);
    Db.of_self(1);
}
