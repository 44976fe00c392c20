//! What is learnt from the waits before.

use super::{CALM, CALMEST, EAGER, LONGEST, PAID, PROBE, SHORTEST, Spin, Way};

/// Waits so often, each time with this result, and gives the ways that were chosen.
fn ways(spin: &mut Spin, number: u32, found: bool) -> Vec<Way> {
    let way = |_| {
        let way = spin.choose();
        spin.learn(found);
        way
    };
    (0..number).map(way).collect()
}

#[test]
fn what_comes_while_it_looks_is_found() {
    // So soon that the clock has not been looked at.
    let mut looks = 0;
    let found = Spin::new().wait_for(|| {
        looks += 1;
        (looks == 2).then_some(looks)
    });
    assert_eq!(found, Some(2));
}

#[test]
fn what_never_comes_is_given_up() {
    let mut spin = Spin::new();
    assert_eq!(spin.wait_for(|| None::<()>), None);
    assert_eq!(spin.patience, LONGEST / 2);
}

#[test]
fn waits_in_vain_become_short_and_one_that_is_not_makes_them_long_again() {
    let mut spin = Spin::new();
    let patience = |way: &Way| way.patience;
    let vain: Vec<_> = ways(&mut spin, PROBE - 1, false)
        .iter()
        .map(patience)
        .collect();
    assert_eq!(vain[..2], [LONGEST, LONGEST / 2]);
    assert_eq!(vain.last(), Some(&SHORTEST));
    assert_eq!(patience(&ways(&mut spin, 1, true)[0]), LONGEST, "the probe");
    assert_eq!(
        patience(&ways(&mut spin, 1, false)[0]),
        LONGEST,
        "it has paid"
    );
}

#[test]
fn it_looks_eagerly_but_for_a_probe() {
    let pauses: Vec<_> = ways(&mut Spin::new(), PROBE, true)
        .iter()
        .map(|way| way.pauses)
        .collect();
    let (probe, others) = pauses.split_last().expect("there are some");
    assert!(others.iter().all(|pauses| *pauses == EAGER));
    assert_eq!(*probe, CALM);
}

#[test]
fn it_looks_the_more_calmly_the_more_was_there_at_once() {
    let mut spin = Spin::new();
    let mut pauses_after = |at_once| {
        (0..at_once).for_each(|_| spin.skip());
        ways(&mut spin, 1, true)[0].pauses
    };
    assert_eq!(pauses_after(PAID - 1), EAGER);
    assert_eq!(pauses_after(PAID), CALM);
    assert_eq!(pauses_after(2 * PAID - 1), CALM);
    assert_eq!(pauses_after(2 * PAID), CALM + 1);
    assert_eq!(pauses_after(4 * PAID), CALMEST);
    assert_eq!(pauses_after(1000 * PAID), CALMEST);
    assert_eq!(pauses_after(0), EAGER);
}
