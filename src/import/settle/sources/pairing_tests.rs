//! Every way of pairing on its own, and what must not pair.

use super::super::visits::Bill;
use super::*;

fn visit(key: i64, person: Option<i64>, days: (i32, i32), fen: i64, number: &str) -> Visit {
    let bill = Bill { key, number: Some(number.to_owned()), day: Some(days.1), gross_fen: fen, ..Bill::default() };
    Visit {
        key,
        person,
        institution: 1,
        inpatient: days.0 != days.1,
        insured: true,
        begin_day: Some(days.0),
        end_day: Some(days.1),
        gross_fen: fen,
        bills: vec![bill],
        numbers: vec![number.to_owned()],
        ..Visit::default()
    }
}

fn ways(bureau: &[Visit], hospital: &[Visit]) -> Vec<(Vec<usize>, Vec<usize>, By)> {
    pair(bureau, hospital, &[]).pairs.into_iter().map(|pair| (pair.bureau, pair.hospital, pair.by)).collect()
}

#[test]
fn a_long_number_needs_one_witness_and_a_short_one_two() {
    let ours = [visit(1, Some(7), (5, 5), 100, "S240500001")];
    assert_eq!(
        ways(&ours, &[visit(2, None, (9, 9), 100, "S240500001")]),
        [(vec![0], vec![0], By::Number)],
        "the amount"
    );
    assert_eq!(
        ways(&ours, &[visit(2, Some(7), (9, 9), 300, "S240500001")]),
        [(vec![0], vec![0], By::Number)],
        "the person"
    );
    assert_eq!(ways(&ours, &[visit(2, None, (5, 5), 300, "S240500001")]), [(vec![0], vec![0], By::Number)], "the day");
    assert_eq!(ways(&ours, &[visit(2, None, (9, 9), 300, "S240500001")]), [], "nothing");
    let short = [visit(1, Some(7), (5, 5), 100, "17")];
    assert_eq!(ways(&short, &[visit(2, None, (9, 9), 100, "17")]), [], "the amount alone");
    assert_eq!(ways(&short, &[visit(2, None, (5, 5), 100, "17")]), [(vec![0], vec![0], By::Number)], "day and amount");
    let mut other_house = visit(2, None, (5, 5), 100, "S240500001");
    other_house.institution = 2;
    assert_eq!(ways(&ours, &[other_house]), [], "another institution");
}

#[test]
fn another_identity_number_speaks_against_it() {
    let mut ours = visit(1, Some(7), (5, 5), 100, "S240500001");
    ours.certno = Some("99010219700101001X".to_owned());
    let mut theirs = visit(2, Some(7), (5, 5), 200, "S240500001");
    theirs.certno = Some("99010219700101002X".to_owned());
    assert_eq!(ways(&[ours.clone()], &[theirs.clone()]), []);
    // The old form of the same number.
    theirs.certno = Some("990102700101001".to_owned());
    assert_eq!(ways(&[ours], &[theirs]), [(vec![0], vec![0], By::Number)]);
}

#[test]
fn zeros_and_letters_in_front_matter_only_where_they_leave_no_doubt() {
    let ours = [visit(1, Some(7), (5, 5), 100, "S0240501")];
    assert_eq!(ways(&ours, &[visit(2, None, (5, 5), 100, "240501")]), [(vec![0], vec![0], By::Number)]);
    // One witness is not enough for a variant.
    assert_eq!(ways(&ours, &[visit(2, None, (9, 9), 100, "240501")]), []);
    // Two bills that are variants of it.
    let two = [visit(2, None, (5, 5), 100, "240501"), visit(3, None, (5, 5), 100, "A240501")];
    assert_eq!(ways(&ours, &two), []);
}

#[test]
fn an_admission_number_kept_for_life_pairs_the_stay_of_the_day() {
    let kept = |mut visit: Visit| {
        visit.visit_links.push("Z0000777".to_owned());
        visit
    };
    let ours = [kept(visit(1, Some(7), (5, 9), 100, "S1")), kept(visit(2, Some(7), (25, 29), 300, "S2"))];
    let theirs = [kept(visit(3, Some(8), (25, 29), 350, "A")), kept(visit(4, Some(8), (40, 44), 300, "B"))];
    let found = pair(&ours, &theirs, &[]);
    // The second has the number and an amount that an earlier stay had: the first stay of that amount is taken by the day.
    assert!(found.pairs.iter().all(|pair| pair.by == By::Bridge), "{:?}", found.pairs);
    assert!(found.pairs.iter().any(|pair| pair.bureau == [1]), "{:?}", found.pairs);
}

#[test]
fn a_stay_has_one_bed() {
    let ours = [visit(1, Some(7), (5, 9), 100, "S1"), visit(2, Some(7), (25, 29), 300, "S2")];
    assert_eq!(ways(&ours, &[visit(3, Some(7), (25, 29), 350, "A")]), [(vec![1], vec![0], By::Days)]);
    // Neither end is the same.
    assert_eq!(ways(&ours, &[visit(3, Some(7), (26, 28), 350, "A")]), []);
}

#[test]
fn parts_of_a_stay_follow_one_another() {
    let parts = [visit(1, Some(7), (5, 9), 100, "S1"), visit(2, Some(7), (9, 14), 300, "S2")];
    assert_eq!(ways(&parts, &[visit(3, Some(7), (5, 14), 500, "A")]), [(vec![0, 1], vec![0], By::Days)]);
    let at_once = [visit(1, Some(7), (5, 14), 100, "S1"), visit(2, Some(7), (5, 14), 300, "S2")];
    let found = pair(&at_once, &[visit(3, Some(7), (5, 14), 500, "A")], &[]);
    assert_eq!((found.pairs.len(), found.ambiguous), (0, 1));
}

#[test]
fn two_contacts_of_a_day_need_something_more() {
    let ours = visit(1, Some(7), (5, 5), 100, "S1");
    let theirs = visit(2, Some(7), (5, 5), 300, "A");
    let found = pair(std::slice::from_ref(&ours), std::slice::from_ref(&theirs), &[]);
    assert_eq!((found.pairs.len(), found.ambiguous), (0, 1));
    let minute = |mut visit: Visit| {
        visit.begin_min = Some(7_500);
        visit
    };
    assert_eq!(ways(&[minute(ours)], &[minute(theirs)]), [(vec![0], vec![0], By::Near)]);
}

#[test]
fn several_bills_of_a_day_may_be_one_settlement() {
    let ours = [visit(1, Some(7), (5, 5), 300, "S1")];
    let theirs = [visit(2, Some(7), (5, 5), 100, "A"), visit(3, Some(7), (5, 5), 200, "B")];
    assert_eq!(ways(&ours, &theirs), [(vec![0], vec![0, 1], By::Claim)]);
    // Without the fund nothing is paired by claim.
    let mut paid = theirs.clone();
    paid.iter_mut().for_each(|visit| visit.insured = false);
    assert_eq!(ways(&ours, &paid), []);
}

#[test]
fn whom_a_side_does_not_name_is_told_by_likeness() {
    let born = |mut visit: Visit, day: i32| {
        visit.birth_day = Some(day);
        visit.gend = Some("1".to_owned());
        visit
    };
    // A number of the hospital's own, and nothing else that names the patient.
    let ours = [born(visit(1, Some(7), (5, 5), 100, "S1"), -9_000), born(visit(2, Some(8), (5, 5), 100, "S2"), -8_000)];
    let theirs =
        [born(visit(3, Some(100), (5, 5), 100, "A"), -8_000), born(visit(4, Some(101), (5, 5), 100, "B"), -9_000)];
    assert_eq!(ways(&ours, &theirs), [(vec![0], vec![1], By::Likeness), (vec![1], vec![0], By::Likeness)]);
    // Another day of birth, or another amount, is another visit.
    assert_eq!(ways(&ours, &[born(visit(3, Some(100), (5, 5), 100, "A"), -7_000)]), []);
    assert_eq!(ways(&ours, &[born(visit(3, Some(100), (5, 5), 101, "A"), -8_000)]), []);
    // A person whom both sides name is told by it.
    let named = [born(visit(3, Some(8), (5, 5), 100, "A"), -9_000)];
    assert_eq!(ways(&ours[..1], &named), [(vec![0], vec![0], By::Likeness)], "the bureau knows no person 8 there");
    assert_eq!(ways(&ours, &named), [(vec![1], vec![0], By::Claim)]);
    // Two here and one there: nobody can say which.
    let twins =
        [born(visit(1, Some(7), (5, 5), 100, "S1"), -9_000), born(visit(2, Some(8), (5, 5), 100, "S2"), -9_000)];
    let found = pair(&twins, &theirs[1..], &[]);
    assert_eq!((found.pairs.len(), found.ambiguous, found.pairs[0].by), (1, 1, By::Unsure), "yet it is one of them");
    // One here and two there: the second has no partner, and stands alone.
    let found = pair(&twins[..1], &[theirs[1].clone(), born(visit(5, Some(102), (5, 5), 100, "C"), -9_000)], &[]);
    assert_eq!((found.pairs.len(), found.pairs[0].hospital.len(), found.ambiguous), (1, 1, 2));
}
