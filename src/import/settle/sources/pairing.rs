//! Which visits of the bureau and of a hospital are one: by number, by a bridge column, else by person, days and amounts.
//!
//! A number alone proves nothing (every hospital has a bill 17): a second witness must agree, the person, a day or an amount; of a short
//! number two of them. Each step looks only at what the steps before left over, the surest first.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::visits::Visit;

/// Characters from which a number is too long to meet by accident.
const LONG_NUMBER: usize = 8;

/// What tells persons of no name apart: day of birth and sex.
type Mark = (i32, Option<String>);

/// What two visits were recognised by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum By {
    /// Number of the settlement, bill or invoice.
    Number,
    /// A column of one side that carries the other side's number.
    Bridge,
    /// Person, days and amount.
    Claim,
    /// Day of birth, sex, days and amount, where a side names no person: masked or numbers of the hospital's own.
    Likeness,
    /// Person and days of a stay; the amounts differ.
    Days,
    /// Person, day and one thing more; the amounts differ.
    Near,
    /// One of several that are alike: which of them is not known, but it is one of them, so its money must not count again.
    Unsure,
}

impl By {
    /// The word in `two_sources.paired_by`.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Bridge => "bridge",
            Self::Claim => "claim",
            Self::Likeness => "likeness",
            Self::Days => "days",
            Self::Near => "near",
            Self::Unsure => "unsure",
        }
    }
}

/// Visits of both sides that are one: positions in the two lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// Of the bureau, at least one, the first leads.
    pub bureau: Vec<usize>,
    /// Of the hospital, at least one.
    pub hospital: Vec<usize>,
    /// By what the first two of them were recognised.
    pub by: By,
}

/// The result of [`pair`].
#[derive(Debug, Clone, Default)]
pub struct Paired {
    /// Visits that are one.
    pub pairs: Vec<Pair>,
    /// Hospital visits that had a partner, yet could not be told which; those paired as [`By::Unsure`] included.
    pub ambiguous: u64,
    /// The bureau's person for each person of the hospital who goes by another key there.
    pub persons: HashMap<i64, i64>,
    /// Persons of the hospital under a number that is another person's at the bureau, with their identity number.
    pub strangers: HashMap<i64, String>,
}

/// Recognises the visits that both sides delivered. `bureau` and `hospital` are of the same institutions; `elsewhere` are persons of the bureau
/// by identity number, those that were never treated there included.
pub fn pair(bureau: &[Visit], hospital: &[Visit], elsewhere: &[(String, i64)]) -> Paired {
    let mut work = Pairing {
        bureau,
        hospital,
        links: Vec::new(),
        bureau_taken: vec![false; bureau.len()],
        hospital_taken: vec![false; hospital.len()],
        persons: HashMap::new(),
        by_certno: HashMap::new(),
        bureau_persons: HashSet::new(),
        ambiguous: HashSet::new(),
    };
    work.know_persons(elsewhere);
    for spelling in [Spelling::Exact, Spelling::Core] {
        for step in [Step::Bills, Step::TheirOwn, Step::SharedAndAmount, Step::Shared] {
            work.by_numbers(step, spelling);
        }
    }
    for _ in 0..2 {
        work.learn_persons();
        work.by_claim();
        work.by_sums();
        // Whom a side does not name is told by likeness, and then by all their other visits.
        work.by_likeness();
    }
    work.by_days();
    work.by_something_more();
    work.by_what_is_left();
    work.finish()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Spelling {
    /// As normalised by the import.
    Exact,
    /// Without leading letters and zeros.
    Core,
}

/// The numbers that a step compares.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Numbers of settlements and bills.
    Bills,
    /// The bureau's own numbers, which a hospital's column carries.
    TheirOwn,
    /// Numbers of the hospital that the bureau's columns carry, and the amount is the same. They may be kept for life.
    SharedAndAmount,
    /// The same without the amount, for visits of the bureau that nothing else is paired with.
    Shared,
}

impl Step {
    const fn by(self) -> By {
        match self {
            Self::Bills => By::Number,
            _ => By::Bridge,
        }
    }

    fn of_bureau(self, visit: &Visit) -> Vec<&String> {
        match self {
            Self::Bills => visit.numbers.iter().chain(&visit.bill_links).collect(),
            Self::TheirOwn => visit.numbers.iter().collect(),
            Self::SharedAndAmount | Self::Shared => visit.visit_links.iter().collect(),
        }
    }

    fn of_hospital(self, visit: &Visit) -> Vec<&String> {
        match self {
            Self::Bills => visit.numbers.iter().chain(&visit.bill_links).collect(),
            Self::TheirOwn => visit.bill_links.iter().chain(&visit.visit_links).collect(),
            Self::SharedAndAmount | Self::Shared => {
                visit.numbers.iter().chain(&visit.bill_links).chain(&visit.visit_links).collect()
            }
        }
    }

    /// Whether the witnesses are enough for a number that `needed` of them must confirm.
    fn enough(self, witnesses: Witnesses, needed: usize) -> bool {
        let dated = match self {
            Self::Bills | Self::TheirOwn => true,
            Self::SharedAndAmount => witnesses.amount,
            Self::Shared => witnesses.day || witnesses.amount,
        };
        dated && witnesses.count() >= needed
    }
}

/// A number without the letters and zeros in front; `None` where nothing is left to tell it by.
fn core(number: &str) -> Option<String> {
    let digits = number.trim_start_matches(|c: char| !c.is_ascii_digit()).trim_start_matches('0');
    (digits.len() >= 4).then(|| digits.to_owned())
}

struct Pairing<'a> {
    bureau: &'a [Visit],
    hospital: &'a [Visit],
    links: Vec<(usize, usize, By)>,
    bureau_taken: Vec<bool>,
    hospital_taken: Vec<bool>,
    persons: HashMap<i64, i64>,
    by_certno: HashMap<String, Option<i64>>,
    bureau_persons: HashSet<i64>,
    ambiguous: HashSet<usize>,
}

/// What speaks for two visits being one.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Witnesses {
    person: bool,
    day: bool,
    amount: bool,
}

impl Witnesses {
    fn count(self) -> usize {
        usize::from(self.person) + usize::from(self.day) + usize::from(self.amount)
    }
}

impl Pairing<'_> {
    fn know_persons(&mut self, elsewhere: &[(String, i64)]) {
        let treated = self.bureau.iter().filter_map(|visit| Some((visit.certno.as_ref()?, visit.person?)));
        for (certno, person) in treated.chain(elsewhere.iter().map(|(certno, person)| (certno, *person))) {
            let known = self.by_certno.entry(full_certno(certno)).or_insert(Some(person));
            if *known != Some(person) {
                *known = None;
            }
        }
        self.bureau_persons.extend(self.bureau.iter().filter_map(|visit| visit.person));
    }

    /// The bureau's key of a person of the hospital: by the pairs found, the number itself, or the identity number.
    fn person_of(&self, visit: &Visit) -> Option<i64> {
        let by_certno = || visit.certno.as_ref().and_then(|certno| *self.by_certno.get(&full_certno(certno))?);
        let own = visit.person?;
        self.persons.get(&own).copied().or_else(by_certno).or_else(|| self.bureau_persons.contains(&own).then_some(own))
    }

    fn witnesses(&self, bureau: &Visit, hospital: &Visit) -> Option<Witnesses> {
        let other_certno = match (&bureau.certno, &hospital.certno) {
            (Some(one), Some(other)) => Some(full_certno(one) != full_certno(other)),
            _ => None,
        };
        let same_number = bureau.person.is_some() && bureau.person == hospital.person;
        let known = bureau.person.is_some() && self.person_of(hospital) == bureau.person;
        let person = match other_certno {
            Some(other) => !other,
            None => same_number || known,
        };
        let bill_day =
            bureau.bills.iter().any(|one| one.day.is_some() && hospital.bills.iter().any(|other| one.day == other.day));
        let day = bill_day
            || (bureau.begin_day.is_some() && bureau.begin_day == hospital.begin_day)
            || (bureau.inpatient && bureau.end_day.is_some() && bureau.end_day == hospital.end_day);
        let bill_amount = bureau
            .bills
            .iter()
            .any(|one| one.gross_fen > 0 && hospital.bills.iter().any(|other| one.gross_fen == other.gross_fen));
        let amount = bill_amount || (bureau.gross_fen > 0 && bureau.gross_fen == hospital.gross_fen);
        let witnesses = Witnesses { person, day, amount };
        // Another identity: only a slip of the pen if all else is the same.
        (other_certno != Some(true) || (day && amount)).then_some(witnesses)
    }

    fn link(&mut self, bureau: usize, hospital: usize, by: By) {
        self.links.push((bureau, hospital, by));
        self.bureau_taken[bureau] = true;
        self.hospital_taken[hospital] = true;
        self.ambiguous.remove(&hospital);
    }

    /// Pairs by equal numbers; several hospital bills may name one visit of the bureau.
    fn by_numbers(&mut self, step: Step, spelling: Spelling) {
        let spelt = |number: &String| match spelling {
            Spelling::Exact => Some(number.clone()),
            Spelling::Core => core(number),
        };
        let mut places: HashMap<(i64, String), Vec<usize>> = HashMap::new();
        for (at, visit) in self.bureau.iter().enumerate() {
            for number in step.of_bureau(visit).into_iter().filter_map(spelt) {
                let of_number = places.entry((visit.institution, number)).or_default();
                if of_number.last() != Some(&at) {
                    of_number.push(at);
                }
            }
        }
        let mut hospital_uses: HashMap<(i64, String), usize> = HashMap::new();
        if spelling == Spelling::Core {
            for visit in self.hospital {
                let mut numbers: Vec<String> = step.of_hospital(visit).into_iter().filter_map(spelt).collect();
                numbers.sort_unstable();
                numbers.dedup();
                for number in numbers {
                    *hospital_uses.entry((visit.institution, number)).or_default() += 1;
                }
            }
        }
        for at in 0..self.hospital.len() {
            if self.hospital_taken[at] {
                continue;
            }
            let visit = &self.hospital[at];
            let mut found: BTreeMap<usize, Witnesses> = BTreeMap::new();
            for number in step.of_hospital(visit).into_iter().filter_map(spelt) {
                let place = (visit.institution, number);
                let Some(candidates) = places.get(&place) else { continue };
                // A variant is believed only where it is the only one on both sides.
                if spelling == Spelling::Core
                    && (candidates.len() > 1 || hospital_uses.get(&place).is_some_and(|uses| *uses > 1))
                {
                    continue;
                }
                let needed = if spelling == Spelling::Exact && place.1.len() >= LONG_NUMBER { 1 } else { 2 };
                for &candidate in candidates {
                    let once = spelling == Spelling::Core || matches!(step, Step::SharedAndAmount | Step::Shared);
                    if once && self.bureau_taken[candidate] {
                        continue;
                    }
                    // A number kept for life names every visit of the person: then the day decides, or the amount.
                    let of_life = candidates.len() > 1;
                    // On one day a person may be treated with the fund and without it.
                    let paid_alike = step != Step::Shared || visit.insured;
                    let enough =
                        |w: &Witnesses| paid_alike && step.enough(*w, needed) && (!of_life || w.day || w.amount);
                    if let Some(witnesses) = self.witnesses(&self.bureau[candidate], visit).filter(enough) {
                        let known = found.entry(candidate).or_default();
                        *known = (*known).max(witnesses);
                    }
                }
            }
            let most = found.values().map(|witnesses| witnesses.count()).max();
            let best: Vec<usize> = found
                .iter()
                .filter(|(_, witnesses)| Some(witnesses.count()) == most)
                .map(|(candidate, _)| *candidate)
                .collect();
            match best.as_slice() {
                [] => {}
                [one] => self.link(*one, at, step.by()),
                several => {
                    // The parts of one stay settled apart: all of them, if they add up to the bill.
                    let sum: i64 = several.iter().map(|candidate| self.bureau[*candidate].gross_fen).sum();
                    if sum > 0 && sum == visit.gross_fen {
                        several.iter().for_each(|candidate| self.link(*candidate, at, step.by()));
                    } else {
                        self.ambiguous.insert(at);
                    }
                }
            }
        }
    }

    /// Persons of the hospital by the pairs: where all of one person's pairs are of one person at the bureau.
    fn learn_persons(&mut self) {
        let mut seen: HashMap<i64, Option<i64>> = HashMap::new();
        for (bureau, hospital, _) in self.links.iter().filter(|(_, _, by)| *by != By::Unsure) {
            let (Some(theirs), Some(ours)) = (self.hospital[*hospital].person, self.bureau[*bureau].person) else {
                continue;
            };
            let known = seen.entry(theirs).or_insert(Some(ours));
            if *known != Some(ours) {
                *known = None;
            }
        }
        self.persons = seen.into_iter().filter_map(|(theirs, ours)| Some((theirs, ours?))).collect();
    }

    /// What is left of a side, grouped by `key` in the order of minutes and keys.
    fn left<K: Ord>(visits: &[Visit], taken: &[bool], key: impl Fn(&Visit) -> Option<K>) -> BTreeMap<K, Vec<usize>> {
        let mut groups: BTreeMap<K, Vec<usize>> = BTreeMap::new();
        for (at, visit) in visits.iter().enumerate().filter(|(at, _)| !taken[*at]) {
            if let Some(key) = key(visit) {
                groups.entry(key).or_default().push(at);
            }
        }
        for group in groups.values_mut() {
            group.sort_by_key(|at| (visits[*at].begin_min, visits[*at].key));
        }
        groups
    }

    /// Same person, days and amount. Equal ones are interchangeable, so as many are paired as both sides have.
    fn by_claim(&mut self) {
        let key = |person: Option<i64>, visit: &Visit| {
            let person = person.filter(|_| visit.insured && visit.gross_fen > 0)?;
            let end = if visit.inpatient { visit.end_day } else { None };
            Some((visit.institution, person, visit.inpatient, visit.begin_day?, end, visit.gross_fen))
        };
        let bureau = Self::left(self.bureau, &self.bureau_taken, |visit| key(visit.person, visit));
        let hospital = Self::left(self.hospital, &self.hospital_taken, |visit| key(self.person_of(visit), visit));
        for (key, ours) in bureau {
            let Some(theirs) = hospital.get(&key) else { continue };
            for (one, other) in ours.iter().zip(theirs) {
                self.link(*one, *other, By::Claim);
            }
            if theirs.len() > ours.len() {
                self.ambiguous.extend(theirs[ours.len()..].iter().copied());
            }
        }
    }

    /// Visits of persons that one side does not name, by day of birth, sex, days and amount; of equal ones as many as both have alike. Without a
    /// day of birth the only two of these days and this amount, if the minute, the practitioner or the department is the same.
    fn by_likeness(&mut self) {
        let claim = |visit: &Visit| {
            let end = if visit.inpatient { visit.end_day } else { None };
            (visit.insured && visit.gross_fen > 0).then_some((
                visit.institution,
                visit.inpatient,
                visit.begin_day?,
                end,
                visit.gross_fen,
            ))
        };
        let of_hospital = |work: &Self, visit: &Visit| work.person_of(visit).is_none();
        let named_nobody: Vec<bool> = self.hospital.iter().map(|visit| of_hospital(self, visit)).collect();
        // Where a person is named on both sides they are told by it, and another person is another.
        let differ = |ours: &Visit, named_nobody: bool| ours.person.is_some() && !named_nobody;
        let bureau = Self::left(self.bureau, &self.bureau_taken, claim);
        let hospital = Self::left(self.hospital, &self.hospital_taken, claim);
        for (key, ours) in bureau {
            let Some(theirs) = hospital.get(&key) else { continue };
            let mut marks: BTreeMap<Mark, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
            let mark = |visit: &Visit| Some((visit.birth_day?, visit.gend.clone()));
            for one in &ours {
                if let Some(mark) = mark(&self.bureau[*one]) {
                    marks.entry(mark).or_default().0.push(*one);
                }
            }
            for other in theirs {
                if let Some(mark) = mark(&self.hospital[*other]) {
                    marks.entry(mark).or_default().1.push(*other);
                }
            }
            for (ours, theirs) in marks.into_values() {
                let open: Vec<usize> = theirs
                    .iter()
                    .copied()
                    .filter(|other| ours.iter().any(|one| !differ(&self.bureau[*one], named_nobody[*other])))
                    .collect();
                if ours.len() == open.len() {
                    for (one, other) in ours.into_iter().zip(open) {
                        if !differ(&self.bureau[one], named_nobody[other]) {
                            self.link(one, other, By::Likeness);
                        }
                    }
                } else if !ours.is_empty() {
                    self.ambiguous.extend(open);
                }
            }
            let ([one], [other]) = (ours.as_slice(), theirs.as_slice()) else { continue };
            let (mine, its) = (&self.bureau[*one], &self.hospital[*other]);
            let same = |one: Option<i64>, other: Option<i64>| one.is_some() && one == other;
            let unborn = mine.birth_day.is_none() || its.birth_day.is_none();
            if unborn
                && !self.bureau_taken[*one]
                && !self.hospital_taken[*other]
                && !differ(mine, named_nobody[*other])
                && (same(mine.begin_min, its.begin_min)
                    || same(mine.practitioner, its.practitioner)
                    || same(mine.department, its.department))
            {
                self.link(*one, *other, By::Likeness);
            }
        }
    }

    /// Same person and day, and the visits of both sides add up to the same: billed in one piece here and in several there.
    fn by_sums(&mut self) {
        let key = |person: Option<i64>, visit: &Visit| {
            let person = person.filter(|_| visit.insured && visit.gross_fen > 0 && !visit.inpatient)?;
            Some((visit.institution, person, visit.begin_day?))
        };
        let bureau = Self::left(self.bureau, &self.bureau_taken, |visit| key(visit.person, visit));
        let hospital = Self::left(self.hospital, &self.hospital_taken, |visit| key(self.person_of(visit), visit));
        for (key, ours) in bureau {
            let Some(theirs) = hospital.get(&key) else { continue };
            let sum = |visits: &[Visit], group: &[usize]| group.iter().map(|at| visits[*at].gross_fen).sum::<i64>();
            if sum(self.bureau, &ours) == sum(self.hospital, theirs) {
                self.link_all(&ours, theirs, By::Claim);
            }
        }
    }

    fn link_all(&mut self, ours: &[usize], theirs: &[usize], by: By) {
        let (Some(&first), Some(&lead)) = (theirs.first(), ours.first()) else { return };
        ours.iter().for_each(|one| self.link(*one, first, by));
        theirs[1..].iter().for_each(|other| self.link(lead, *other, by));
    }

    /// Stays of one person that begin or end on the same day, whatever they cost: nobody is in two beds of one house. A stay that the bureau
    /// settled in parts is all of its parts.
    fn by_days(&mut self) {
        let key = |person: Option<i64>, visit: &Visit| {
            visit.begin_day?;
            Some((visit.institution, person.filter(|_| visit.insured && visit.inpatient)?))
        };
        let bureau = Self::left(self.bureau, &self.bureau_taken, |visit| key(visit.person, visit));
        let hospital = Self::left(self.hospital, &self.hospital_taken, |visit| key(self.person_of(visit), visit));
        for (key, ours) in bureau {
            let Some(theirs) = hospital.get(&key) else { continue };
            for other in theirs {
                let span = |visit: &Visit| visit.begin_day.map(|begin| (begin, visit.end_day.unwrap_or(begin)));
                let Some((begin, end)) = span(&self.hospital[*other]) else { continue };
                let within: Vec<usize> = ours
                    .iter()
                    .copied()
                    .filter(|one| !self.bureau_taken[*one])
                    .filter(|one| span(&self.bureau[*one]).is_some_and(|(first, last)| first >= begin && last <= end))
                    .collect();
                // Parts follow one another; stays at the same time are not parts of one.
                let mut spans: Vec<(i32, i32)> = within.iter().filter_map(|one| span(&self.bureau[*one])).collect();
                spans.sort_unstable();
                let in_turn = spans.windows(2).all(|pair| pair[0].1 <= pair[1].0);
                let first_day = within.iter().filter_map(|one| self.bureau[*one].begin_day).min();
                let last_day = within.iter().filter_map(|one| self.bureau[*one].end_day).max();
                let sum: i64 = within.iter().map(|one| self.bureau[*one].gross_fen).sum();
                if within.len() > 1
                    && in_turn
                    && (sum == self.hospital[*other].gross_fen || (first_day == Some(begin) && last_day == Some(end)))
                {
                    self.link_all(
                        &within,
                        &[*other],
                        if sum == self.hospital[*other].gross_fen { By::Claim } else { By::Days },
                    );
                    continue;
                }
                let same: Vec<usize> = ours
                    .iter()
                    .copied()
                    .filter(|one| !self.bureau_taken[*one])
                    .filter(|one| span(&self.bureau[*one]).is_some_and(|(first, last)| first == begin || last == end))
                    .collect();
                match same.as_slice() {
                    [one] => self.link(*one, *other, By::Days),
                    [] => {}
                    _ => {
                        self.ambiguous.insert(*other);
                    }
                }
            }
        }
    }

    /// The only two contacts of a person on a day that are left, if the minute, the practitioner, the department or the fund's money is the same.
    fn by_something_more(&mut self) {
        let key = |person: Option<i64>, visit: &Visit| {
            let person = person.filter(|_| visit.insured && !visit.inpatient)?;
            Some((visit.institution, person, visit.begin_day?))
        };
        let bureau = Self::left(self.bureau, &self.bureau_taken, |visit| key(visit.person, visit));
        let hospital = Self::left(self.hospital, &self.hospital_taken, |visit| key(self.person_of(visit), visit));
        for (key, ours) in bureau {
            let (Some(theirs), [one]) = (hospital.get(&key), ours.as_slice()) else { continue };
            let [other] = theirs.as_slice() else { continue };
            let (ours, theirs) = (&self.bureau[*one], &self.hospital[*other]);
            let same = |one: Option<i64>, other: Option<i64>| one.is_some() && one == other;
            if same(ours.begin_min, theirs.begin_min)
                || same(ours.practitioner, theirs.practitioner)
                || same(ours.department, theirs.department)
                || (ours.fund_fen > 0 && ours.fund_fen == theirs.fund_fen)
            {
                self.link(*one, *other, By::Near);
            } else {
                self.ambiguous.insert(*other);
            }
        }
    }

    /// Visits with several possible partners of the same day and amount, each with one of those that are left: the person's before another's,
    /// then the nearest minute. Which is which stays unsure; that the bureau has it, and its money, does not. A hospital visit for which no
    /// partner is left stands alone.
    fn by_what_is_left(&mut self) {
        let mut open: HashMap<(i64, bool, i32), Vec<usize>> = HashMap::new();
        for (at, visit) in self.bureau.iter().enumerate().filter(|(at, _)| !self.bureau_taken[*at]) {
            let days = [visit.begin_day, visit.end_day.filter(|day| visit.inpatient && Some(*day) != visit.begin_day)];
            for day in days.into_iter().flatten() {
                open.entry((visit.institution, visit.inpatient, day)).or_default().push(at);
            }
        }
        let mut unsure: Vec<usize> = self.ambiguous.iter().copied().collect();
        unsure.sort_unstable_by_key(|at| (self.hospital[*at].begin_min, self.hospital[*at].key));
        for at in unsure {
            let visit = &self.hospital[at];
            let days = [visit.begin_day, visit.end_day.filter(|_| visit.inpatient)];
            let candidates = days.into_iter().flatten();
            let candidates =
                candidates.filter_map(|day| open.get(&(visit.institution, visit.inpatient, day))).flatten();
            let best = candidates
                .filter(|one| !self.bureau_taken[**one] && visit.insured)
                .filter_map(|one| {
                    let ours = &self.bureau[*one];
                    let witnesses = self.witnesses(ours, visit).filter(|w| w.day && w.amount)?;
                    let apart =
                        ours.begin_min.zip(visit.begin_min).map_or(i64::MAX, |(one, other)| (one - other).abs());
                    Some((std::cmp::Reverse(witnesses.count()), apart, ours.key, *one))
                })
                .min();
            if let Some((.., one)) = best {
                self.link(one, at, By::Unsure);
            }
        }
    }

    /// Links that share a visit are one pair.
    fn finish(mut self) -> Paired {
        self.learn_persons();
        let mut group: Vec<usize> = (0..self.bureau.len()).collect();
        fn root(group: &mut [usize], mut at: usize) -> usize {
            while group[at] != at {
                group[at] = group[group[at]];
                at = group[at];
            }
            at
        }
        let mut first_of: HashMap<usize, usize> = HashMap::new();
        for (bureau, hospital, _) in &self.links {
            match first_of.get(hospital) {
                Some(first) => {
                    let (one, other) = (root(&mut group, *first), root(&mut group, *bureau));
                    group[one.max(other)] = one.min(other);
                }
                None => {
                    first_of.insert(*hospital, *bureau);
                }
            }
        }
        let mut pairs: BTreeMap<usize, Pair> = BTreeMap::new();
        for (bureau, hospital, by) in &self.links {
            let of_group = root(&mut group, *bureau);
            let pair =
                pairs.entry(of_group).or_insert_with(|| Pair { bureau: Vec::new(), hospital: Vec::new(), by: *by });
            pair.by = pair.by.min(*by);
            pair.bureau.push(*bureau);
            pair.hospital.push(*hospital);
        }
        let mut pairs: Vec<Pair> = pairs.into_values().collect();
        for pair in &mut pairs {
            pair.bureau.sort_by_key(|at| (self.bureau[*at].begin_day, self.bureau[*at].key));
            pair.bureau.dedup();
            pair.hospital.sort_by_key(|at| (self.hospital[*at].begin_day, self.hospital[*at].key));
            pair.hospital.dedup();
        }
        let mut persons = HashMap::new();
        let mut strangers = HashMap::new();
        let certno_of: HashMap<i64, &String> =
            self.bureau.iter().filter_map(|visit| Some((visit.person?, visit.certno.as_ref()?))).collect();
        for visit in self.hospital {
            let Some(own) = visit.person else { continue };
            let at_bureau = self.person_of(visit);
            if let Some(person) = at_bureau.filter(|person| *person != own) {
                persons.entry(own).or_insert(person);
            } else if at_bureau.is_some()
                && let (Some(theirs), Some(ours)) = (&visit.certno, certno_of.get(&own))
                && full_certno(theirs) != full_certno(ours)
                && !self.persons.contains_key(&own)
            {
                strangers.entry(own).or_insert_with(|| theirs.clone());
            }
        }
        let unsure = self.links.iter().filter(|(_, _, by)| *by == By::Unsure).count();
        Paired { pairs, ambiguous: (self.ambiguous.len() + unsure) as u64, persons, strangers }
    }
}

/// An identity number of 15 digits is the old form of one of 18: both as 15.
fn full_certno(certno: &str) -> String {
    let is_card = certno.len() == 18 && certno.is_ascii() && certno[..17].bytes().all(|byte| byte.is_ascii_digit());
    if is_card { format!("{}{}", &certno[..6], &certno[8..17]) } else { certno.to_owned() }
}

#[cfg(test)]
#[path = "pairing_tests.rs"]
mod tests;
