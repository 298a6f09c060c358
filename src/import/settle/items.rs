//! What the codes of items mean in this export: the national code tables are joined by, the local one beside it, and the ceiling prices by both.
//!
//! Codes are read anew when everything is staged, because only then is known which local code stands beside which national one, what a
//! table of both says, and which codes occur at all.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use polars::prelude::*;

use super::super::error::SettleError;
use super::super::stage;
use super::super::summary::ItemCodes;
use crate::casestore::key::{Namespace, key};
use crate::casestore::store::Store;
use crate::frames::{self, Columns};
use crate::item_code::{self, ItemCode, Slip};
use crate::spelling::normalise;

/// Kinds of items that are no services (`list_type`, `charge_type`): a number of thirteen digits is a bar code there.
const GOODS_LISTS: [&str; 5] = ["101", "102", "103", "104", "301"];
const GOODS_CHARGES: [&str; 4] = ["08", "09", "10", "11"];

/// Tables besides fee lines and ceilings in which items are named by `item_code`, and whether they are drugs and consumables only.
pub const RECORDS: [(&str, bool); 4] = [("item_map", false), ("trac", true), ("stock_item_map", true), ("exam", false)];

/// What the codes of a store mean.
#[derive(Debug, Default)]
pub struct Items {
    /// National codes by institution (none for all) and local code; `None` where a table gives several.
    mapped: HashMap<(Option<i64>, String), Option<String>>,
    /// National codes by a local one that repeats their digits, as they stand side by side in this export; `None` where there are several.
    learnt: HashMap<String, Option<String>>,
    /// National codes that occur.
    seen: HashSet<String>,
    /// Whether all fee lines are of one institution, whose own codes a table without institutions may hold.
    alone: bool,
    /// Catalogue codes that fee lines have, by key: what ceilings are looked up by.
    priced: BTreeMap<i64, Catalogued>,
    /// What was found in fee lines.
    pub counts: ItemCodes,
}

/// A catalogue code: its national and its local part.
type Catalogued = (Option<String>, Option<String>);

/// What a row says of its item.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Meaning {
    /// The item: its national code, else the code as it stands; none where the row has no code.
    item: Option<String>,
    /// What stands beside the national code, or in its place.
    local: Option<String>,
    /// The catalogue code, which is another item's where the export says so.
    catalogued: Catalogued,
    /// How the item was recognised.
    found: Found,
}

impl Meaning {
    fn item_key(&self) -> Option<i64> {
        self.item.as_deref().map(|code| key(Namespace::Item, &[code]))
    }

    fn hilist_key(&self) -> Option<i64> {
        let full = item_code::full(self.catalogued.0.as_deref(), self.catalogued.1.as_deref());
        (!full.is_empty()).then(|| key(Namespace::Item, &[&full]))
    }
}

/// How a national code was recognised.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Found {
    /// There is none, and nothing says which it would be.
    #[default]
    Nowhere,
    /// It stands alone.
    Bare,
    /// It stands with a local code behind it or in the other column.
    Beside,
    /// With a slip mended.
    Mended,
    /// A table of local and national codes says it.
    Mapped,
    /// The local code stands beside it elsewhere in this export.
    Learnt,
    /// It stands in the column of the hospital's own code.
    OwnCode,
}

impl Items {
    /// Looks at every code of `store` once.
    ///
    /// # Errors
    /// If staged rows cannot be read.
    pub fn survey(store: &Store) -> Result<Self, SettleError> {
        let mut items = Self::default();
        let mut pairs: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut institutions: BTreeSet<Option<i64>> = BTreeSet::new();
        let tables = ["fee", "lmtpric"].into_iter().chain(RECORDS.map(|(table, _)| table));
        for table in tables {
            for bucket in 0..store.index.buckets {
                let columns = Columns::Named(&["item_code", "hilist_code", "local_code", "inst_key"]);
                let Some(rows) = frames::read(&stage::files(store, table, bucket)?, columns)? else { continue };
                let step = SettleError::step(table);
                if table == "fee" {
                    institutions.extend(
                        rows.column("inst_key")
                            .and_then(|column| column.unique())
                            .map_err(&step)?
                            .i64()
                            .map_err(&step)?
                            .iter(),
                    );
                }
                if table == "item_map" {
                    items.take_map(&rows).map_err(step)?;
                } else {
                    items.take_pairs(&rows, &mut pairs).map_err(step)?;
                }
            }
        }
        items.alone = institutions.len() == 1;
        items.counts.ambiguous = items.mapped.values().filter(|national| national.is_none()).count() as u64;
        let only =
            |codes: BTreeSet<String>| codes.into_iter().reduce(|_, _| String::new()).filter(|code| !code.is_empty());
        items.learnt = pairs.into_iter().map(|(local, nationals)| (local, only(nationals))).collect();
        Ok(items)
    }

    /// The codes that stand in rows, and which local ones stand beside which national one.
    fn take_pairs(&mut self, rows: &DataFrame, pairs: &mut BTreeMap<String, BTreeSet<String>>) -> PolarsResult<()> {
        let names: Vec<&str> =
            ["item_code", "hilist_code"].into_iter().filter(|name| rows.column(name).is_ok()).collect();
        let rows = rows.select(names)?.unique::<String, String>(None, UniqueKeepStrategy::Any, None)?;
        let columns: Vec<&StringChunked> = rows.columns().iter().map(Column::str).collect::<PolarsResult<_>>()?;
        for row in 0..rows.height() {
            let codes: Vec<ItemCode> =
                columns.iter().filter_map(|column| column.get(row)).map(ItemCode::parse).collect();
            for code in &codes {
                if let (Some(national), None) = (&code.national, code.slip) {
                    self.seen.insert(national.clone());
                }
            }
            let Some(national) = codes.iter().find_map(|code| code.national.as_ref()) else { continue };
            let locals = codes.iter().filter_map(|code| code.local.as_ref());
            for local in locals.filter(|local| item_code::is_of(local, national)) {
                pairs.entry(local.clone()).or_default().insert(national.clone());
            }
        }
        Ok(())
    }

    /// The rows of a table of local and national codes.
    fn take_map(&mut self, rows: &DataFrame) -> PolarsResult<()> {
        let (institutions, locals) = (rows.column("inst_key")?.i64()?, rows.column("local_code")?.str()?);
        let nationals = rows.column("item_code")?.str()?;
        for ((institution, local), national) in institutions.iter().zip(locals.iter()).zip(nationals.iter()) {
            let (Some(local), Some(national)) = (local, national) else { continue };
            let Some(national) = ItemCode::parse(national).national else { continue };
            let local = ItemCode::parse(local);
            // Who writes national codes into both columns maps nothing.
            let Some(local) = local.local.filter(|_| local.national.is_none() || local.slip.is_some()) else {
                continue;
            };
            let known = self.mapped.entry((institution, local)).or_insert_with(|| Some(national.clone()));
            if known.as_deref() != Some(&national) {
                *known = None;
            }
        }
        Ok(())
    }

    /// Fee lines of a bucket with their items as tables are joined by: `item_code`, `item_key`, `hilist_key` and `pair_key` anew, and `item_local`.
    ///
    /// # Errors
    /// None that data can cause.
    pub fn in_fees(&mut self, mut rows: DataFrame) -> PolarsResult<DataFrame> {
        let (meanings, of_row) = self.meanings(&rows)?;
        let keys: Vec<[Option<i64>; 2]> =
            meanings.iter().map(|meaning| [meaning.item_key(), meaning.hilist_key()]).collect();
        for (meaning, [_, hilist_key]) in meanings.iter().zip(&keys) {
            if let Some(hilist_key) = hilist_key {
                self.priced.entry(*hilist_key).or_insert_with(|| meaning.catalogued.clone());
            }
        }
        for at in &of_row {
            self.counts.lines += 1;
            let meaning = &meanings[*at];
            *match meaning.found {
                Found::Nowhere if meaning.item.is_none() => &mut self.counts.without_code,
                Found::Nowhere => &mut self.counts.unknown,
                Found::Bare => &mut self.counts.bare,
                Found::Beside => &mut self.counts.beside,
                Found::Mended => &mut self.counts.mended,
                Found::Mapped => &mut self.counts.mapped,
                Found::Learnt => &mut self.counts.learnt,
                Found::OwnCode => &mut self.counts.own_code,
            } += 1;
        }
        let locals: StringChunked = of_row.iter().map(|at| meanings[*at].local.as_deref()).collect();
        let [item_keys, hilist_keys] =
            [0, 1].map(|which| of_row.iter().map(|at| keys[*at][which]).collect::<Int64Chunked>());
        let as_read = rows.column("item_key")?.i64()?.clone();
        let renamed: Vec<bool> = as_read.iter().zip(item_keys.iter()).map(|(before, now)| before != now).collect();
        if renamed.contains(&true) {
            let codes: StringChunked = of_row.iter().map(|at| meanings[*at].item.as_deref()).collect();
            let pairs = pair_keys(&rows, &codes, &renamed)?;
            rows.with_column(codes.with_name("item_code".into()).into_column())?;
            rows.with_column(pairs.with_name("pair_key".into()).into_column())?;
            rows.with_column(item_keys.with_name("item_key".into()).into_column())?;
        }
        rows.with_column(hilist_keys.with_name("hilist_key".into()).into_column())?;
        rows.with_column(locals.with_name("item_local".into()).into_column())?;
        Ok(rows)
    }

    /// What fee lines say of their items: each meaning once, and which of them each line has.
    fn meanings(&self, rows: &DataFrame) -> PolarsResult<(Vec<Meaning>, Vec<usize>)> {
        let text = |name: &str| rows.column(name)?.str();
        let (codes, listed, own) = (text("item_code")?, text("hilist_code")?, text("medins_list_codg")?);
        let (lists, charges) = (text("list_type")?, text("charge_type")?);
        let institutions = rows.column("inst_key")?.i64()?;
        let mut meanings: Vec<Meaning> = Vec::new();
        let mut written: HashMap<(Option<&str>, Option<&str>, bool), usize> = HashMap::new();
        let mut asked: HashMap<(usize, Option<&str>, Option<i64>), usize> = HashMap::new();
        let mut of_row = Vec::with_capacity(rows.height());
        for row in 0..rows.height() {
            let (code, listed) = (codes.get(row), listed.get(row));
            let goods = lists.get(row).is_some_and(|list| GOODS_LISTS.contains(&list))
                || charges.get(row).is_some_and(|charge| GOODS_CHARGES.contains(&charge));
            let mut at = *written.entry((code, listed, goods)).or_insert_with(|| {
                meanings.push(as_written(code, listed, goods));
                meanings.len() - 1
            });
            if meanings[at].found == Found::Nowhere {
                let (own, institution) = (own.get(row), institutions.get(row));
                at = *asked.entry((at, own, institution)).or_insert_with(|| {
                    let known = self.known_as(&[code, listed], own, institution, goods);
                    meanings.push(known.unwrap_or_else(|| meanings[at].clone()));
                    meanings.len() - 1
                });
            }
            of_row.push(at);
        }
        Ok((meanings, of_row))
    }

    /// What a row without a national code means: by the team's table; a service also by what stands elsewhere in this export; and, where the
    /// row has no insured code at all, by the hospital's own.
    fn known_as(
        &self,
        codes: &[Option<&str>],
        own: Option<&str>,
        institution: Option<i64>,
        goods: bool,
    ) -> Option<Meaning> {
        let locals: Vec<String> = codes.iter().flatten().filter_map(|code| local_of(code)).collect();
        let uncoded = codes.iter().all(Option::is_none);
        let mapped = |institution: Option<i64>, local: &str| self.mapped.get(&(institution, local.to_owned()))?.clone();
        let anywhere = |local: &String| mapped(institution, local).or_else(|| mapped(None, local));
        let near = |local: &String| {
            let mut near = item_code::near(local).into_iter().filter(|code| self.seen.contains(code));
            // A code that stands beside several national ones is none of them for certain.
            near.next().filter(|_| near.next().is_none() && !self.learnt.contains_key(local))
        };
        let own = own.map(ItemCode::parse).unwrap_or_default();
        let by_own_code = || {
            let code = own.local.as_ref()?;
            mapped(institution, code).or_else(|| mapped(None, code).filter(|_| self.alone && uncoded))
        };
        let mapped = locals.iter().find_map(anywhere).or_else(by_own_code).map(|code| (code, Found::Mapped));
        // Only services have the digits of their national code in the local one.
        let service = || {
            let learnt = locals.iter().find_map(|local| self.learnt.get(local)?.clone());
            let learnt = learnt.map(|code| (code, Found::Learnt));
            learnt.or_else(|| Some((locals.iter().find_map(near)?, Found::Mended)))
        };
        let owned = || Some((own.national.clone().filter(|_| uncoded && own.slip.is_none())?, Found::OwnCode));
        let (national, found) = mapped.or_else(|| service().filter(|_| !goods)).or_else(owned)?;
        let local = locals.into_iter().next();
        Some(Meaning { catalogued: (Some(national.clone()), local.clone()), item: Some(national), local, found })
    }

    /// The meaning of a code that stands alone in its row.
    fn of_one(&self, code: &str, institution: Option<i64>, goods: bool) -> Meaning {
        let meaning = as_written(Some(code), None, goods);
        if meaning.found != Found::Nowhere {
            return meaning;
        }
        self.known_as(&[Some(code)], None, institution, goods).unwrap_or(meaning)
    }

    /// Rows of one of [`RECORDS`] with their items as tables are joined by; `goods` where they are drugs and consumables only.
    ///
    /// # Errors
    /// None that data can cause.
    pub fn in_records(&self, mut rows: DataFrame, goods: bool) -> PolarsResult<DataFrame> {
        let (codes, institutions) = (rows.column("item_code")?.str()?.clone(), rows.column("inst_key")?.i64()?.clone());
        let mut memo: HashMap<(&str, Option<i64>), Meaning> = HashMap::new();
        let (mut new_codes, mut keys) = (Vec::with_capacity(rows.height()), Vec::with_capacity(rows.height()));
        for (code, institution) in codes.iter().zip(institutions.iter()) {
            let meaning = code
                .map(|code| &*memo.entry((code, institution)).or_insert_with(|| self.of_one(code, institution, goods)));
            keys.push(meaning.and_then(Meaning::item_key));
            new_codes.push(meaning.and_then(|meaning| meaning.item.clone()));
        }
        rows.with_column(Column::new("item_code".into(), new_codes))?;
        rows.with_column(Column::new("item_key".into(), keys))?;
        Ok(rows)
    }

    /// Ceilings under the keys that fee lines have. A list names items by national code with a local part, by either alone: a ceiling is
    /// that of a line by the most that both say. Of a line with the national code alone, all ceilings of its local codes can apply.
    ///
    /// # Errors
    /// None that data can cause.
    pub fn in_limits(&self, mut rows: DataFrame) -> PolarsResult<DataFrame> {
        let codes = rows.column("hilist_code")?.str()?.clone();
        let meanings: Vec<Option<Meaning>> =
            codes.iter().map(|code| code.map(|code| self.of_one(code, None, false))).collect();
        let own: Vec<Option<i64>> = meanings.iter().map(|meaning| meaning.as_ref()?.hilist_key()).collect();
        let listed: HashSet<i64> = own.iter().flatten().copied().collect();
        let (mut by_local, mut by_national, mut by_both): (Places<'_>, Places<'_>, Places<'_>) = Default::default();
        for (row, meaning) in (0..).zip(&meanings) {
            match meaning.as_ref().map(|meaning| (meaning.catalogued.0.as_deref(), meaning.catalogued.1.as_deref())) {
                Some((None, Some(local))) => by_local.entry(local).or_default().push(row),
                Some((Some(national), None)) => by_national.entry(national).or_default().push(row),
                Some((Some(national), Some(_))) => by_both.entry(national).or_default().push(row),
                Some((None, None)) | None => {}
            }
        }
        let mut places: Vec<IdxSize> = (0..).take(rows.height()).collect();
        let mut keys = own;
        for (key, (national, local)) in self.priced.iter().filter(|(key, _)| !listed.contains(key)) {
            let of = |places: &Places<'_>, code: &Option<String>| places.get(code.as_deref()?).cloned();
            let rows = match (national, local) {
                (Some(_), Some(_)) => of(&by_local, local).or_else(|| of(&by_national, national)),
                (Some(_), None) => of(&by_both, national),
                (None, _) => None,
            };
            for row in rows.into_iter().flatten() {
                places.push(row);
                keys.push(Some(*key));
            }
        }
        rows = rows.take(&IdxCa::from_vec("row".into(), places))?;
        rows.with_column(Column::new("hilist_key".into(), keys))?;
        Ok(rows)
    }
}

/// Rows by a code.
type Places<'a> = HashMap<&'a str, Vec<IdxSize>>;

/// A code as a table of local and national codes has it.
fn local_of(code: &str) -> Option<String> {
    let parsed = ItemCode::parse(code);
    // What looks like a service code in a line of goods is a code of its own.
    if parsed.national.is_some() { Some(normalise(code).into_owned()) } else { parsed.local }
}

/// What the two columns of a row's item code say by themselves. In a line of `goods` a number of thirteen digits is no service code.
fn as_written(code: Option<&str>, listed: Option<&str>, goods: bool) -> Meaning {
    let [item, catalogue] = [code, listed].map(|code| {
        let Some(code) = code else { return ItemCode::default() };
        let parsed = ItemCode::parse(code);
        let repeats = |national: &String| parsed.local.as_ref().is_some_and(|local| item_code::is_of(local, national));
        if goods && parsed.slip == Some(Slip::Zeros) && !parsed.national.as_ref().is_some_and(repeats) {
            return ItemCode { national: None, local: Some(code.to_owned()), slip: None };
        }
        parsed
    });
    let other = catalogue.national.is_some() && item.national.is_some() && catalogue.national != item.national;
    let catalogued = if other {
        (catalogue.national.clone(), catalogue.local.clone())
    } else {
        let national = item.national.clone().or_else(|| catalogue.national.clone());
        let (first, second) = if item.national.is_some() { (&item, &catalogue) } else { (&catalogue, &item) };
        (national, first.local.clone().or_else(|| second.local.clone()))
    };
    let local = if other { item.local.clone() } else { catalogued.1.clone() };
    match item.national.clone().or_else(|| catalogue.national.clone()) {
        Some(national) => {
            let slip = if item.national.is_some() { item.slip } else { catalogue.slip };
            let found = match (slip, &local) {
                (Some(_), _) => Found::Mended,
                (None, Some(_)) => Found::Beside,
                (None, None) => Found::Bare,
            };
            Meaning { item: Some(national), local, catalogued, found }
        }
        None => {
            let standing = item.local.or_else(|| catalogue.local.clone());
            Meaning { item: standing.clone(), local: standing, catalogued, found: Found::Nowhere }
        }
    }
}

/// Keys of pairs of hospital item and insured item, made anew where the insured item goes by another code than it was read with.
fn pair_keys(rows: &DataFrame, codes: &StringChunked, renamed: &[bool]) -> PolarsResult<Int64Chunked> {
    let text = |name: &str| rows.column(name)?.str();
    let (places, own, own_names) = (text("fixmedins_code")?, text("medins_list_codg")?, text("medins_list_name")?);
    let item_names = text("item_name")?;
    let as_read = rows.column("pair_key")?.i64()?;
    let pair = |row: usize| {
        let part = |column: &StringChunked| column.get(row).unwrap_or_default().to_owned();
        let parts = [part(places), part(own), part(own_names), part(codes), part(item_names)];
        let named = !parts[0].is_empty() && parts[1..].iter().any(|part| !part.is_empty());
        named.then(|| key(Namespace::ItemPair, &parts.each_ref().map(String::as_str)))
    };
    Ok(renamed.iter().enumerate().map(|(row, renamed)| if *renamed { pair(row) } else { as_read.get(row) }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// National code, local code and how it was found of a fee line.
    fn line(
        items: &Items,
        code: Option<&str>,
        listed: Option<&str>,
        own: &str,
    ) -> (Option<String>, Option<String>, Found) {
        let texts = |text: Option<&str>| StringChunked::from_iter([text]).into_series();
        let column = |name: &str, text: Option<&str>| texts(text).with_name(name.into()).into_column();
        let rows = DataFrame::new_infer_height(vec![
            column("item_code", code),
            column("hilist_code", listed),
            column("medins_list_codg", Some(own)),
            column("list_type", None),
            column("charge_type", None),
            Column::new("inst_key".into(), [7i64]),
        ])
        .expect("columns");
        let (meanings, of_row) = items.meanings(&rows).expect("read");
        let meaning = &meanings[of_row[0]];
        (meaning.item.clone(), meaning.local.clone(), meaning.found)
    }

    fn known(item: &str, local: &str, found: Found) -> (Option<String>, Option<String>, Found) {
        (Some(item.to_owned()), Some(local.to_owned()).filter(|local| !local.is_empty()), found)
    }

    #[test]
    fn a_local_code_is_explained_by_what_is_certain() {
        const BED: &str = "001109000010000";
        let mut items = Items::default();
        items.mapped.insert((None, "LOC-1".into()), Some(BED.into()));
        items.mapped.insert((Some(7), "77".into()), Some(BED.into()));
        items.mapped.insert((None, "TWO".into()), None);
        items.learnt.insert("110900001-17".into(), Some(BED.into()));
        items.seen.insert(BED.into());
        assert_eq!(line(&items, Some(BED), Some(BED), "1"), known(BED, "", Found::Bare));
        assert_eq!(line(&items, Some(BED), Some("loc-9"), "1"), known(BED, "LOC-9", Found::Beside));
        assert_eq!(line(&items, Some("LOC-9"), Some(BED), "1"), known(BED, "LOC-9", Found::Beside));
        assert_eq!(line(&items, Some("LOC-1"), Some("LOC-1"), "1"), known(BED, "LOC-1", Found::Mapped));
        assert_eq!(line(&items, None, None, "77"), known(BED, "", Found::Mapped));
        assert_eq!(line(&items, Some("110900001-17"), None, "1"), known(BED, "110900001-17", Found::Learnt));
        assert_eq!(line(&items, Some("110900001"), None, "1"), known(BED, "110900001", Found::Mended));
        assert_eq!(line(&items, None, None, BED), known(BED, "", Found::OwnCode));
        assert_eq!(line(&items, Some("TWO"), None, "1"), known("TWO", "TWO", Found::Nowhere));
        // A code of the old edition whose national one does not occur may be anything.
        assert_eq!(line(&items, Some("110200001"), None, "1"), known("110200001", "110200001", Found::Nowhere));
    }

    #[test]
    fn what_is_billed_is_not_taken_from_what_the_hospital_calls_it() {
        let line = line(&Items::default(), Some("LOC-3"), None, "001109000010000");
        assert_eq!(line, known("LOC-3", "LOC-3", Found::Nowhere));
    }

    #[test]
    fn a_bar_code_of_goods_is_no_service() {
        let services = as_written(Some("1109000010000"), None, false);
        assert_eq!((services.item.as_deref(), services.found), (Some("001109000010000"), Found::Mended));
        assert_eq!(as_written(Some("1109000010000"), None, true).found, Found::Nowhere);
    }

    #[test]
    fn two_national_codes_in_one_line_stay_two() {
        let meaning = as_written(Some("001109000010000"), Some("001102000010000-110200001"), false);
        assert_eq!((meaning.item.as_deref(), meaning.local.as_deref()), (Some("001109000010000"), None));
        assert_eq!(meaning.catalogued, (Some("001102000010000".into()), Some("110200001".into())));
    }

    #[test]
    fn ceilings_stand_under_the_codes_of_lines() {
        let priced =
            ["001109000010000-110900001-17", "001109000010000-110900001-18", "001204000060000", "001102000010000-LOC"];
        let mut items = Items::default();
        for code in priced {
            let meaning = as_written(Some(code), None, false);
            items.priced.insert(meaning.hilist_key().expect("a key"), meaning.catalogued);
        }
        let listed = [
            "001109000010000-110900001-17",
            "001109000010000",
            "001204000060000-A",
            "001204000060000-B",
            "LOC",
            "001999000010000-1",
        ];
        let rows =
            df!["hilist_code" => listed, "hilist_key" => [0i64; 6], "cap_e6" => [17i64, 10, 1, 2, 5, 9]].expect("rows");
        let rows = items.in_limits(rows).expect("ceilings");
        let caps = |code: &str| {
            let key = as_written(Some(code), None, false).hilist_key();
            let keys = rows.column("hilist_key").and_then(|column| column.i64().cloned()).expect("keys");
            let caps = rows.column("cap_e6").and_then(|column| column.i64().cloned()).expect("caps");
            keys.iter()
                .zip(caps.iter())
                .filter(|(known, _)| *known == key)
                .filter_map(|(_, cap)| cap)
                .collect::<Vec<_>>()
        };
        assert_eq!(caps("001109000010000-110900001-17"), [17], "its own");
        assert_eq!(caps("001109000010000-110900001-18"), [10], "that of the national code");
        assert_eq!(caps("001204000060000"), [1, 2], "those of its local codes");
        assert_eq!(caps("001102000010000-LOC"), [5], "that of the local code alone");
        assert_eq!(caps("001999000010000-1"), [9], "nobody bills it");
    }
}
