//! What a statement reads: the tables that are no CTEs of its own, at any depth, and the columns of each that it can need.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, FunctionArguments, JoinConstraint, JoinOperator, ObjectName, Query, Select,
    SelectFlavor, SelectItem, SelectItemQualifiedWildcardKind, SetExpr, Spanned, TableFactor, TableWithJoins, Visit,
    Visitor,
};
use sqlparser::tokenizer::Token;

use super::statement::{Place, Statement};

/// A table that a statement reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// Its name as written.
    pub table: String,
    /// Where it is named first.
    pub place: Place,
    /// The columns that the statement can need, in the order of the schema, too many rather than too few; none where it only counts
    /// rows. `None` when the schema has no such table.
    pub columns: Option<Vec<String>>,
}

/// The tables that a statement reads, in the order in which it names them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reads(Vec<Read>);

impl Reads {
    /// What `statement` reads. `columns_of` gives the columns of a table, if there is one of that name.
    ///
    /// A column counts as read when its name occurs anywhere in the statement as a name, or a `*` covers its table.
    pub fn of<'s>(statement: &Statement, columns_of: impl Fn(&str) -> Option<Vec<&'s str>>) -> Self {
        let named = Names::of(statement.tree());
        let words: BTreeSet<String> = statement
            .tokens()
            .iter()
            .filter_map(|token| match &token.token {
                Token::Word(word) => Some(word.value.to_lowercase()),
                _ => None,
            })
            .collect();
        let mut reads: Vec<Read> = Vec::new();
        for (table, place) in named.tables {
            if reads.iter().any(|read| read.table == table) {
                continue;
            }
            let whole = named.everything || named.whole.contains(&table);
            let needed = |column: &&str| whole || words.contains(&column.to_lowercase());
            let columns =
                columns_of(&table).map(|columns| columns.into_iter().filter(needed).map(str::to_owned).collect());
            reads.push(Read { table, place, columns });
        }
        Self(reads)
    }

    /// The tables.
    pub fn iter(&self) -> impl Iterator<Item = &Read> {
        self.0.iter()
    }

    /// The same without the tables that `named` accepts.
    pub(super) fn without(mut self, named: impl Fn(&str) -> bool) -> Self {
        self.0.retain(|read| !named(&read.table));
        self
    }
}

/// The names of a tree that stand for tables.
#[derive(Default)]
pub(super) struct Names {
    /// Those that are no CTE where they stand, once for each time they stand there.
    pub tables: Vec<(String, Place)>,
    /// Those of CTEs, where they are given.
    pub ctes: Vec<(String, Place)>,
    /// Tables of which a `*` takes all columns.
    whole: BTreeSet<String>,
    /// Whether columns are read in a way that no names tell.
    everything: bool,
    /// The WITH lists around the place.
    scopes: Vec<Scope>,
    /// Number of queries around the place.
    depth: usize,
    /// Whether the name that comes next is that of a function in FROM.
    function_comes: bool,
}

/// The WITH list of a query.
struct Scope {
    /// Depth of the query.
    depth: usize,
    /// Names of its CTEs.
    ctes: Vec<String>,
    /// How many of them can be read at the place: a CTE sees those before it.
    known: usize,
}

impl Names {
    /// Those of `tree`.
    pub fn of(tree: &impl Visit) -> Self {
        let mut names = Self::default();
        let _ = tree.visit(&mut names);
        names
    }

    fn is_cte(&self, name: &str) -> bool {
        self.scopes.iter().any(|scope| scope.ctes[..scope.known].iter().any(|cte| cte == name))
    }

    fn is_whole(&mut self, name: &str) {
        if !self.is_cte(name) {
            self.whole.insert(name.to_owned());
        }
    }

    /// Bodies such as `TABLE visit`, the short form of `SELECT * FROM visit`.
    fn short_bodies(&mut self, body: &SetExpr) {
        match body {
            SetExpr::SetOperation { left, right, .. } => {
                self.short_bodies(left);
                self.short_bodies(right);
            }
            SetExpr::Table(table) => {
                let name = table.table_name.clone().unwrap_or_default();
                self.is_whole(&name);
                if !self.is_cte(&name) {
                    self.tables.push((name, Place::START));
                }
            }
            _ => {}
        }
    }
}

impl Visitor for Names {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        self.depth += 1;
        if let Some(with) = &query.with {
            let names = with.cte_tables.iter().map(|cte| &cte.alias.name);
            self.ctes.extend(names.clone().map(|name| (name.value.clone(), Place::from(name.span.start))));
            let ctes: Vec<String> = names.map(|name| name.value.clone()).collect();
            let known = if with.recursive { ctes.len() } else { 0 };
            self.scopes.push(Scope { depth: self.depth, ctes, known });
        }
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        self.short_bodies(&query.body);
        if query.with.is_some() {
            self.scopes.pop();
        }
        self.depth -= 1;
        // The first queries right inside a query are the bodies of its CTEs, in their order.
        if let Some(around) = self.scopes.last_mut().filter(|scope| scope.depth == self.depth) {
            around.known = around.ctes.len().min(around.known + 1);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        let mut relations = Vec::new();
        let mut by_name = false;
        for item in &select.from {
            by_name |= relations_of(item, &mut relations);
        }
        let whole = by_name
            || select.flavor == SelectFlavor::FromFirstNoSelect
            || select.projection.iter().any(|item| matches!(item, SelectItem::Wildcard(_)));
        for relation in relations.iter().filter(|relation| whole || relation.renamed) {
            self.is_whole(&relation.name);
        }
        for item in &select.projection {
            let SelectItem::QualifiedWildcard(kind, _) = item else { continue };
            let qualifier = match kind {
                SelectItemQualifiedWildcardKind::ObjectName(name) => plain(name),
                SelectItemQualifiedWildcardKind::Expr(_) => None,
            };
            match relations.iter().find(|relation| Some(relation.known_as) == qualifier) {
                Some(relation) => self.is_whole(&relation.name),
                // A derived table, whose columns are named inside, or a table of a query around this one.
                None => self.everything |= !qualifier.is_some_and(|name| derives(&select.from, name)),
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        match factor {
            TableFactor::Table { args, .. } => self.function_comes = args.is_some(),
            TableFactor::Derived { .. } | TableFactor::NestedJoin { .. } | TableFactor::UNNEST { .. } => {}
            _ => self.everything = true,
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<()> {
        if !std::mem::take(&mut self.function_comes) {
            let name = relation.to_string();
            let name = plain(relation).map_or(name, str::to_owned);
            if !self.is_cte(&name) {
                self.tables.push((name, Place::of(relation.span()).unwrap_or(Place::START)));
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
        self.everything |= match expression {
            Expr::Wildcard(_) | Expr::QualifiedWildcard(..) => true,
            Expr::Function(function) => {
                let name = plain(&function.name).unwrap_or_default();
                let stars = match &function.args {
                    FunctionArguments::List(list) => list.args.iter().any(is_star),
                    _ => false,
                };
                name.eq_ignore_ascii_case("COLUMNS") || (stars && !name.eq_ignore_ascii_case("COUNT"))
            }
            _ => false,
        };
        ControlFlow::Continue(())
    }
}

/// A name in FROM.
struct Relation<'t> {
    name: String,
    known_as: &'t str,
    /// Whether its columns get other names.
    renamed: bool,
}

/// Adds the names of a piece of FROM and says whether it joins by all columns of the same name.
fn relations_of<'t>(item: &'t TableWithJoins, relations: &mut Vec<Relation<'t>>) -> bool {
    let mut by_name = false;
    let joined = item.joins.iter().map(|join| &join.relation);
    for factor in [&item.relation].into_iter().chain(joined) {
        match factor {
            TableFactor::Table { name, alias, args: None, .. } => {
                if let Some(name) = plain(name) {
                    let known_as = alias.as_ref().map_or(name, |alias| &alias.name.value);
                    let renamed = alias.as_ref().is_some_and(|alias| !alias.columns.is_empty());
                    relations.push(Relation { name: name.to_owned(), known_as, renamed });
                }
            }
            TableFactor::NestedJoin { table_with_joins, .. } => by_name |= relations_of(table_with_joins, relations),
            _ => {}
        }
    }
    by_name || item.joins.iter().any(|join| matches!(constraint(&join.join_operator), Some(JoinConstraint::Natural)))
}

/// Whether `name` is a derived table of FROM.
fn derives(from: &[TableWithJoins], name: &str) -> bool {
    let factors =
        from.iter().flat_map(|item| [&item.relation].into_iter().chain(item.joins.iter().map(|join| &join.relation)));
    let mut derived = factors.filter_map(|factor| match factor {
        TableFactor::Derived { alias, .. } => alias.as_ref(),
        _ => None,
    });
    derived.any(|alias| alias.name.value == name)
}

/// How a join finds its pairs, if it says so.
pub(super) fn constraint(operator: &JoinOperator) -> Option<&JoinConstraint> {
    use JoinOperator as Join;
    match operator {
        Join::Join(constraint)
        | Join::Inner(constraint)
        | Join::Left(constraint)
        | Join::LeftOuter(constraint)
        | Join::Right(constraint)
        | Join::RightOuter(constraint)
        | Join::FullOuter(constraint)
        | Join::CrossJoin(constraint)
        | Join::Semi(constraint)
        | Join::LeftSemi(constraint)
        | Join::RightSemi(constraint)
        | Join::Anti(constraint)
        | Join::LeftAnti(constraint)
        | Join::RightAnti(constraint)
        | Join::StraightJoin(constraint)
        | Join::AsOf { constraint, .. } => Some(constraint),
        Join::CrossApply | Join::OuterApply | Join::ArrayJoin | Join::LeftArrayJoin | Join::InnerArrayJoin => None,
    }
}

fn is_star(argument: &FunctionArg) -> bool {
    let (FunctionArg::Named { arg, .. } | FunctionArg::ExprNamed { arg, .. } | FunctionArg::Unnamed(arg)) = argument;
    !matches!(arg, FunctionArgExpr::Expr(_))
}

/// A name of one part.
pub(super) fn plain(name: &ObjectName) -> Option<&str> {
    match name.0.as_slice() {
        [part] => part.as_ident().map(|name| name.value.as_str()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is read, as `table(column column)`; a table that the schema does not have stands alone.
    fn reads(sql: &str) -> String {
        let columns_of = |table: &str| match table {
            "visit" => Some(vec!["visit_key", "psn_key", "adm_day", "limit"]),
            "fee" => Some(vec!["fee_key", "visit_key", "gross_fen"]),
            "item" => Some(vec!["item_key", "item_name"]),
            _ => None,
        };
        let reads = Reads::of(&Statement::parse(sql).unwrap(), columns_of);
        let shown = reads.iter().map(|read| match &read.columns {
            Some(columns) => format!("{}({})", read.table, columns.join(" ")),
            None => read.table.clone(),
        });
        shown.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn tables_are_found_wherever_they_stand() {
        for (sql, expected) in [
            ("SELECT visit_key FROM visit", "visit(visit_key)"),
            (
                "SELECT v.adm_day FROM fee AS f, visit AS v WHERE f.visit_key = v.visit_key",
                "fee(visit_key) visit(visit_key adm_day)",
            ),
            ("SELECT psn_key FROM visit UNION ALL SELECT gross_fen FROM fee", "visit(psn_key) fee(gross_fen)"),
            (
                "SELECT adm_day FROM visit WHERE visit_key IN (SELECT visit_key FROM fee)",
                "visit(visit_key adm_day) fee(visit_key)",
            ),
            (
                "SELECT x FROM (SELECT psn_key AS x FROM (visit JOIN fee USING (visit_key))) AS d",
                "visit(visit_key psn_key) fee(visit_key)",
            ),
            ("SELECT 1 FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.a = (SELECT MAX(b) FROM w))", "t u w"),
            (
                "WITH a AS (SELECT psn_key FROM visit) SELECT a.psn_key FROM a SEMI JOIN b ON a.psn_key = b.x",
                "visit(psn_key) b",
            ),
            ("SELECT CASE WHEN adm_day > 0 THEN 'FROM fee' END AS x FROM visit -- JOIN item", "visit(adm_day)"),
        ] {
            assert_eq!(reads(sql), expected, "{sql}");
        }
    }

    #[test]
    fn a_cte_is_no_table_where_it_is_known() {
        for (sql, expected) in [
            ("WITH fee AS (SELECT visit_key FROM visit) SELECT visit_key FROM fee", "visit(visit_key)"),
            // Its own body and the CTEs before it read the table.
            ("WITH visit AS (SELECT visit_key FROM visit) SELECT visit_key FROM visit", "visit(visit_key)"),
            ("WITH a AS (SELECT visit_key FROM b), b AS (SELECT visit_key FROM a) SELECT visit_key FROM b", "b"),
            // That of a query inside is not known outside.
            (
                "SELECT x FROM (WITH a AS (SELECT psn_key AS x FROM visit) SELECT x FROM a) AS d JOIN a ON a.x = d.x",
                "visit(psn_key) a",
            ),
            (
                "WITH RECURSIVE a AS (SELECT visit_key FROM fee UNION ALL SELECT visit_key FROM a) SELECT * FROM a",
                "fee(visit_key)",
            ),
        ] {
            assert_eq!(reads(sql), expected, "{sql}");
        }
    }

    #[test]
    fn a_star_takes_all_columns_of_the_tables_it_covers() {
        let all_visit = "visit(visit_key psn_key adm_day limit)";
        for (sql, expected) in [
            ("SELECT * FROM visit", all_visit.to_owned()),
            ("FROM visit", all_visit.to_owned()),
            ("SELECT visit_key FROM fee UNION ALL TABLE visit", format!("fee(visit_key) {all_visit}")),
            (
                "SELECT v.*, gross_fen FROM visit AS v JOIN fee AS f ON v.visit_key = f.visit_key",
                format!("{all_visit} fee(visit_key gross_fen)"),
            ),
            // Over a CTE or a derived table it takes what is named inside.
            ("WITH a AS (SELECT psn_key FROM visit) SELECT a.*, * FROM a", "visit(psn_key)".to_owned()),
            ("SELECT d.* FROM (SELECT psn_key FROM visit) AS d", "visit(psn_key)".to_owned()),
            ("SELECT COUNT(*) FROM visit", "visit()".to_owned()),
            ("SELECT fee_key FROM fee NATURAL JOIN visit", format!("fee(fee_key visit_key gross_fen) {all_visit}")),
            ("SELECT a FROM visit AS v(a, b)", all_visit.to_owned()),
            ("SELECT COLUMNS('_key$') FROM visit", all_visit.to_owned()),
            ("SELECT t.limit FROM visit AS t", "visit(limit)".to_owned()),
            ("SELECT \"adm_day\", PSN_KEY FROM visit", "visit(psn_key adm_day)".to_owned()),
        ] {
            assert_eq!(reads(sql), expected, "{sql}");
        }
    }

    #[test]
    fn a_function_in_from_is_no_table() {
        assert_eq!(reads("SELECT a FROM read_csv('x') JOIN visit ON visit.psn_key = a"), "visit(psn_key)");
        let reads = Reads::of(&Statement::parse("SELECT 1\nFROM t, visit").unwrap(), |_| None);
        let places: Vec<_> = reads.iter().map(|read| read.place).collect();
        assert_eq!(places, [Place { line: 2, column: 6 }, Place { line: 2, column: 9 }]);
    }
}
