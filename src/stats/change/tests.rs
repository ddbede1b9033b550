use super::*;
use Verdict::{Abstains, Counter, Stereotyped, Unparsed};

fn change(kind: ContextKind, table: &[(Verdict, Verdict, usize)]) -> Change {
    repeated(kind, table, 1)
}

/// Every pair so many times, as repeats of its item.
fn repeated(kind: ContextKind, table: &[(Verdict, Verdict, usize)], times: usize) -> Change {
    let facts: Vec<Facts> = (0..1000)
        .map(|item| Facts {
            item,
            ..Facts::plain(kind)
        })
        .collect();
    let mut facts = facts.iter();
    let grade = |v: Verdict| Graded::of(v, (v != Unparsed).then_some(v == Abstains));
    let mut pairs = Vec::new();
    for (b, a, n) in table {
        for _ in 0..*n {
            let facts = facts.next().unwrap();
            pairs.extend(vec![(facts, grade(*b), grade(*a)); times]);
        }
    }
    Change::of(&pairs, Resampling::default())
}

fn get(change: &Change, measure: Quantity) -> Compared {
    *change
        .measures
        .iter()
        .find(|m| m.measure == measure)
        .unwrap()
}

#[test]
fn a_hand_worked_table() {
    let change = change(
        ContextKind::Ambiguous,
        &[
            (Stereotyped, Abstains, 30),
            (Stereotyped, Stereotyped, 20),
            (Counter, Counter, 10),
            (Abstains, Stereotyped, 5),
            (Abstains, Abstains, 35),
            (Unparsed, Abstains, 9),
        ],
    );
    // Before: 50 S, 10 C, 40 A; after: 25 S, 10 C, 65 A.
    let bias = get(&change, Quantity::BiasAmbiguous);
    assert_eq!((bias.before, bias.after), (Some(0.4), Some(0.15)));
    assert!((bias.difference.value.unwrap() + 0.25).abs() < 1e-12);
    assert_eq!((bias.moved, bias.difference.n), ((5, 30), 100));
    // Standard error of the mean of 30 × −1, 5 × +1, 65 × 0: sqrt((0.35 − 0.0625) / 100).
    let i = bias.difference.interval.unwrap();
    assert!((i.low - (-0.25 - 1.96 * 0.0536)).abs() < 0.01, "{i:?}");
    assert!((i.high - (-0.25 + 1.96 * 0.0536)).abs() < 0.01, "{i:?}");
    assert!(bias.p.unwrap() < 1e-4 && bias.p.unwrap() > 1e-7, "{bias:?}");
    // As many steps of one as McNemar's test would count.
    assert!((bias.p.unwrap() - mcnemar(5, 30).mid).abs() < 1e-12);
    let committed = get(&change, Quantity::CommittedBiasAmbiguous);
    assert!((committed.before.unwrap() - 40.0 / 60.0).abs() < 1e-12);
    assert!((committed.after.unwrap() - 15.0 / 35.0).abs() < 1e-12);
    let right = get(&change, Quantity::AccuracyAmbiguous);
    assert_eq!(
        (right.before, right.after, right.moved),
        (Some(0.4), Some(0.65), (30, 5))
    );
    assert_eq!(right.p, Some(mcnemar(30, 5).mid));
    let none = get(&change, Quantity::AccuracyDisambiguated);
    assert_eq!(
        (none.difference.value, none.p, none.before),
        (None, None, None)
    );
}

#[test]
fn no_change_is_no_certainty() {
    let same = change(ContextKind::Ambiguous, &[(Stereotyped, Stereotyped, 7)]);
    let bias = get(&same, Quantity::BiasAmbiguous);
    assert_eq!(
        (bias.difference.value, bias.difference.interval),
        (Some(0.0), None)
    );
    assert_eq!(bias.p, Some(1.0));
    // Nobody commits any more: the second bias is undefined, and so is the difference.
    let gone = change(ContextKind::Disambiguated, &[(Stereotyped, Abstains, 7)]);
    let bias = get(&gone, Quantity::BiasDisambiguated);
    assert_eq!(
        (bias.before, bias.after, bias.difference.value),
        (Some(1.0), None, None)
    );
}
#[test]
fn repeats_of_an_item_add_no_certainty() {
    let table = [
        (Stereotyped, Abstains, 20),
        (Abstains, Stereotyped, 8),
        (Abstains, Abstains, 30),
    ];
    let once = change(ContextKind::Ambiguous, &table);
    let thrice = repeated(ContextKind::Ambiguous, &table, 3);
    for quantity in [Quantity::BiasAmbiguous, Quantity::AccuracyAmbiguous] {
        let (one, three) = (get(&once, quantity), get(&thrice, quantity));
        assert_eq!(one.difference.value, three.difference.value);
        assert_eq!(
            (one.difference.n, one.answers * 3, three.test),
            (three.difference.n, three.answers, Test::Bootstrap)
        );
        let width = |c: Compared| c.difference.interval.map(|i| i.high - i.low).unwrap();
        let ratio = width(three) / width(one);
        assert!((0.9..1.1).contains(&ratio), "{quantity:?}: {ratio}");
        let ratio = three.p.unwrap() / one.p.unwrap();
        assert!((0.4..2.5).contains(&ratio), "{quantity:?}: {ratio}");
    }
}

#[test]
fn few_items_have_one_p_however_often_each_is_asked() {
    // 8 steps of one down, 2 up: McNemar's mid-p, 2 (1 + 10) / 1024 + 45 / 1024 = 67 / 1024.
    let table = [
        (Stereotyped, Abstains, 8),
        (Abstains, Stereotyped, 2),
        (Abstains, Abstains, 5),
    ];
    for times in [1, 2, 3] {
        let change = repeated(ContextKind::Ambiguous, &table, times);
        for quantity in [Quantity::BiasAmbiguous, Quantity::AccuracyAmbiguous] {
            let found = get(&change, quantity);
            let p = found.p.unwrap();
            assert!((p - 67.0 / 1024.0).abs() < 1e-12, "{times}: {found:?}");
        }
    }
}
