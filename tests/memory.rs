//! Memory that is not to be had ends the computation by unwinding, and what can be had is as the
//! standard library gives it.

use std::panic::catch_unwind;

use pg_clv::maths::concentration::{ValueCount, Values};
use pg_clv::maths::memory::{self, Grow, Host};
use proptest::prelude::*;

/// Ends as the SQL surface does: by unwinding with what it has to say.
fn refuse(bytes: usize) -> ! {
    std::panic::resume_unwind(Box::new(bytes))
}

/// More than any address space has, and less than what an allocator refuses to be asked for.
const FAR_TOO_MUCH: usize = 1 << 59;

#[test]
fn a_refusal_unwinds_and_says_how_much_was_asked_for() {
    memory::on_refusal(Host { refuse, refill: || false });
    let asked = |ask: fn()| *catch_unwind(ask).unwrap_err().downcast::<usize>().unwrap();
    assert_eq!(asked(|| drop(memory::room::<u64>(FAR_TOO_MUCH))), 8 * FAR_TOO_MUCH);
    assert_eq!(asked(|| drop(memory::filled(1_u8, FAR_TOO_MUCH))), FAR_TOO_MUCH);
    assert_eq!(asked(|| memory::headroom(FAR_TOO_MUCH)), FAR_TOO_MUCH);
    assert_eq!(asked(|| vec![0_u8; 3].make_room(FAR_TOO_MUCH)), FAR_TOO_MUCH + 3);
    assert_eq!(asked(|| vec![0_u16; 3].make_exact_room(FAR_TOO_MUCH)), 2 * (FAR_TOO_MUCH + 3));
    // An iterator that says how long it is is asked for at once, however long it would take.
    assert_eq!(asked(|| drop(memory::collected(0..FAR_TOO_MUCH as u64))), 8 * FAR_TOO_MUCH);
    // Nor does a size that no number holds wrap around.
    assert_eq!(asked(|| drop(memory::room::<u64>(usize::MAX))), usize::MAX);
}

proptest! {
    #[test]
    fn vectors_are_those_of_the_standard_library(elements: Vec<u32>, more: Vec<u32>) {
        prop_assert_eq!(memory::collected(elements.iter().copied()), elements.clone());
        prop_assert_eq!(memory::copied(&elements), elements.clone());
        prop_assert_eq!(memory::filled(7, elements.len()), vec![7; elements.len()]);
        let (mut one, mut other) = (elements.clone(), elements);
        more.iter().for_each(|&element| one.add(element));
        other.add_all(more.iter().copied().filter(|_| true));
        prop_assert_eq!(one, other);
    }

    /// Folding merges, whatever was there before: the list is that of a sort.
    #[test]
    fn values_fold_as_if_sorted(values in prop::collection::vec(-50_i8..50, 0..9000)) {
        let mut folded = Values::default();
        for &value in &values {
            folded.push(f64::from(value), &mut || ()).unwrap();
        }
        let mut sorted = values;
        sorted.sort_unstable();
        let expected: Vec<ValueCount> = sorted
            .chunk_by(|one, next| one == next)
            .map(|tied| ValueCount { value: f64::from(tied[0]), customers: tied.len() as u64 })
            .collect();
        prop_assert_eq!(folded.folded(&mut || ()), &expected[..]);
    }
}
