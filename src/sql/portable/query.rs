//! The clauses of a query: WITH, SELECT, FROM, ON, GROUP BY, ORDER BY and what may not stand beside them.

use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator, Cte, Distinct, Expr, GroupByExpr, Join, JoinConstraint, JoinOperator, LimitClause, NamedWindowExpr,
    OrderBy, OrderByKind, Query, Select, SelectFlavor, SelectItem, SelectItemQualifiedWildcardKind, SetExpr,
    SetOperator, SetQuantifier, Spanned, TableAlias, TableFactor, TableWithJoins, UnaryOperator, Visit, Visitor,
    WildcardAdditionalOptions,
};
use sqlparser::tokenizer::{Span, Token};

use super::super::reads::constraint;
use super::expression::is_aggregate;
use super::{Judge, UNTRIED, function_instead};

const NAME_COLUMNS: &str = "name the columns";

impl Judge<'_> {
    pub(super) fn query(&mut self, query: &Query) {
        let Query {
            with,
            body,
            order_by,
            limit_clause,
            fetch,
            locks,
            for_clause,
            settings,
            format_clause,
            pipe_operators,
        } = query;
        if let Some(with) = with {
            let place = self.start(with.with_token.0.span);
            if self.depth > 1 {
                self.refuse(place, "WITH inside a statement", "list all CTEs at the head of the statement");
            }
            if with.recursive {
                let place = self.word_after(with.with_token.0.span, "RECURSIVE");
                self.refuse_word(place, "RECURSIVE");
            }
            for cte in &with.cte_tables {
                self.cte(cte);
            }
        }
        self.body(body);
        if let Some(order_by) = order_by {
            self.order_by(order_by);
        }
        match limit_clause {
            None => {}
            Some(LimitClause::LimitOffset { limit, offset, limit_by: _ }) => {
                if let Some(limit) = limit {
                    self.refuse_word(self.word_before(self.start(limit.span()), "LIMIT"), "LIMIT");
                }
                if let Some(offset) = offset {
                    self.refuse_word(self.word_before(self.start(offset.value.span()), "OFFSET"), "OFFSET");
                }
            }
            Some(LimitClause::OffsetCommaLimit { offset, limit: _ }) => {
                self.refuse_word(self.word_before(self.start(offset.span()), "LIMIT"), "LIMIT");
            }
        }
        if fetch.is_some() {
            self.refuse_word(self.word_after(body.span(), "FETCH"), "FETCH");
        }
        let others = [
            (!locks.is_empty() || for_clause.is_some(), "FOR"),
            (settings.is_some(), "SETTINGS"),
            (format_clause.is_some(), "FORMAT"),
        ];
        for (_, word) in others.into_iter().filter(|(stands, _)| *stands) {
            self.refuse(self.word_after(body.span(), word), word, "leave it out");
        }
        if !pipe_operators.is_empty() {
            let place = self.after(body.span(), |token| *token == Token::VerticalBarRightAngleBracket);
            self.refuse(place, "|>", "write its steps as CTEs");
        }
    }

    fn cte(&mut self, cte: &Cte) {
        let Cte { alias, query: _, from, materialized, closing_paren_token: _ } = cte;
        self.name(&alias.name);
        self.alias_columns(alias);
        if materialized.is_some() {
            self.refuse(self.word_after(alias.name.span, "MATERIALIZED"), "MATERIALIZED", "leave it out");
        }
        if from.is_some() {
            self.refuse(self.start(alias.name.span), "FROM after a CTE", "leave it out");
        }
    }

    fn alias_columns(&mut self, alias: &TableAlias) {
        if !alias.columns.is_empty() || alias.at.is_some() {
            let place = self.start(alias.name.span);
            self.refuse(
                place,
                format!("a list of columns after {}", alias.name),
                "name the columns with AS in the SELECT",
            );
        }
    }

    fn body(&mut self, body: &SetExpr) {
        match body {
            // Visited by themselves.
            SetExpr::Select(_) | SetExpr::Query(_) => {}
            SetExpr::SetOperation { op, set_quantifier, left, right } => {
                self.body(left);
                let place = self.after(left.span(), |token| super::is_word(token, &op.to_string()));
                if *op == SetOperator::Minus {
                    self.refuse(place, "MINUS", "write EXCEPT, or ANTI JOIN");
                }
                if !matches!(set_quantifier, SetQuantifier::None | SetQuantifier::All | SetQuantifier::Distinct) {
                    self.refuse(
                        place,
                        format!("{op} {set_quantifier}"),
                        "write the columns in the same order on both sides",
                    );
                }
                self.body(right);
            }
            SetExpr::Values(_) => {
                self.refuse(self.start(body.span()), "VALUES", "read from a table or a CTE");
            }
            SetExpr::Table(_) => self.refuse(self.near, "TABLE", "write SELECT … FROM"),
            SetExpr::Insert(_) | SetExpr::Update(_) | SetExpr::Delete(_) | SetExpr::Merge(_) => {
                self.refuse(self.start(body.span()), "a statement that changes data", "write a SELECT");
            }
        }
    }

    fn order_by(&mut self, order_by: &OrderBy) {
        let OrderBy { kind, interpolate } = order_by;
        let filled = match kind {
            OrderByKind::All(_) => {
                self.refuse(self.near, "ORDER BY ALL", NAME_COLUMNS);
                false
            }
            OrderByKind::Expressions(columns) => columns.iter().any(|column| column.with_fill.is_some()),
        };
        if interpolate.is_some() || filled {
            self.refuse(self.start(order_by.span()), "WITH FILL", UNTRIED);
        }
    }

    pub(super) fn select(&mut self, select: &Select) {
        let Select {
            select_token,
            optimizer_hints: _,
            distinct,
            select_modifiers,
            top,
            top_before_distinct: _,
            projection,
            exclude,
            into,
            from,
            lateral_views,
            prewhere,
            selection: _,
            connect_by,
            group_by,
            cluster_by,
            distribute_by,
            sort_by,
            having: _,
            named_window,
            qualify,
            window_before_qualify: _,
            value_table_mode,
            flavor,
        } = select;
        let head = select_token.0.span;
        if let Some(Distinct::On(_)) = distinct {
            self.refuse(
                self.word_after(head, "ON"),
                "DISTINCT ON",
                "number the rows with ROW_NUMBER() OVER (… ORDER BY a unique key) and keep number 1",
            );
        }
        if from.is_empty() {
            self.refuse(self.start(head), "SELECT without FROM", "read from a table or a CTE");
        }
        for item in from.iter().skip(1) {
            let place = self.before(self.start(item.relation.span()), |token| *token == Token::Comma);
            self.refuse(place, "a comma between tables", "write JOIN … ON, or CROSS JOIN for a single row");
        }
        for item in from {
            self.joins(item);
        }
        for item in projection {
            self.select_item(item);
        }
        self.group_by(select, group_by);
        for window in named_window {
            if let NamedWindowExpr::WindowSpec(window_spec) = &window.1 {
                self.window(window_spec, window.0.span);
            }
        }
        if let Some(qualify) = qualify {
            self.refuse_word(self.word_before(self.start(qualify.span()), "QUALIFY"), "QUALIFY");
        }
        let sorted = sort_by.is_empty() && cluster_by.is_empty() && distribute_by.is_empty();
        let others = [
            (exclude.is_some(), "EXCLUDE", NAME_COLUMNS),
            (!lateral_views.is_empty(), "LATERAL", "use an equi-join with range predicates beside it"),
            (
                top.is_some(),
                "TOP",
                "number the rows with ROW_NUMBER() OVER (… ORDER BY a unique key) and filter on the number",
            ),
            (into.is_some(), "INTO", "leave it out"),
            (prewhere.is_some(), "PREWHERE", "write WHERE"),
            (!connect_by.is_empty(), "CONNECT", "use a window function for runs; rings are found outside SQL"),
            (!sorted, "BY", "leave it out: the order of rows means nothing"),
            (value_table_mode.is_some(), "AS", UNTRIED),
            (*flavor != SelectFlavor::Standard, "FROM", "begin with SELECT"),
        ];
        for (_, word, instead) in others.into_iter().filter(|(stands, ..)| *stands) {
            self.refuse(self.word_after(head, word), word, instead);
        }
        if let Some(modifiers) = select_modifiers {
            self.refuse(self.start(head), format!("SELECT{modifiers}"), "leave it out");
        }
    }

    fn select_item(&mut self, item: &SelectItem) {
        match item {
            SelectItem::UnnamedExpr(_) => {}
            SelectItem::ExprWithAlias { expr: _, alias } => self.name(alias),
            SelectItem::ExprWithAliases { expr, aliases: _ } => {
                self.refuse(self.start(expr.span()), "several names for one column", "give it one");
            }
            SelectItem::QualifiedWildcard(kind, options) => {
                if let SelectItemQualifiedWildcardKind::Expr(expression) = kind {
                    self.refuse(self.start(expression.span()), format!("{expression}.*"), NAME_COLUMNS);
                }
                self.wildcard(options, item.span());
            }
            SelectItem::Wildcard(options) => self.wildcard(options, item.span()),
        }
    }

    fn wildcard(&mut self, options: &WildcardAdditionalOptions, span: Span) {
        let WildcardAdditionalOptions {
            wildcard_token: _,
            opt_ilike,
            opt_exclude,
            opt_except,
            opt_replace,
            opt_rename,
            opt_alias,
        } = options;
        if opt_ilike.is_some() {
            self.refuse_word(self.word_after(span, "ILIKE"), "ILIKE");
        }
        let others = [
            (opt_exclude.is_some(), "EXCLUDE"),
            (opt_except.is_some(), "EXCEPT"),
            (opt_replace.is_some(), "REPLACE"),
            (opt_rename.is_some(), "RENAME"),
            (opt_alias.is_some(), "AS"),
        ];
        let start = Span::new(span.start, span.start);
        for (_, word) in others.into_iter().filter(|(stands, _)| *stands) {
            self.refuse(self.word_after(start, word), word, NAME_COLUMNS);
        }
    }

    /// Grouping, and columns beside it that are computed from group keys, alone or beside an aggregate.
    fn group_by(&mut self, select: &Select, group_by: &GroupByExpr) {
        let (keys, modifiers) = match group_by {
            GroupByExpr::All(modifiers) => (&[][..], modifiers),
            GroupByExpr::Expressions(keys, modifiers) => (keys.as_slice(), modifiers),
        };
        if !modifiers.is_empty() {
            let place = self.near;
            self.refuse(place, format!("GROUP BY … {}", modifiers[0]), "write one SELECT per grouping with UNION ALL");
        }
        if matches!(group_by, GroupByExpr::Expressions(keys, _) if keys.is_empty()) {
            return;
        }
        let text = |expression: &Expr| expression.to_string().to_lowercase();
        let keys: Vec<String> = keys.iter().map(text).collect();
        for item in &select.projection {
            let (expression, alias) = match item {
                SelectItem::UnnamedExpr(expression) => (expression, None),
                SelectItem::ExprWithAlias { expr, alias } => (expr, Some(alias)),
                _ => continue,
            };
            let plain_column = match expression {
                Expr::Identifier(_) => true,
                Expr::CompoundIdentifier(parts) => parts.len() == 2,
                _ => false,
            };
            let is_key = keys.contains(&text(expression))
                || alias.is_some_and(|alias| keys.contains(&alias.value.to_lowercase()));
            if !plain_column && !is_key && names_column_outside_aggregates(expression) {
                self.refuse(
                    self.start(expression.span()),
                    "an expression of group keys beside GROUP BY",
                    "compute it in a CTE before or after (Polars makes a list of it)",
                );
            }
        }
    }

    pub(super) fn table_factor(&mut self, factor: &TableFactor) {
        let place = self.start(factor.span());
        match factor {
            TableFactor::Table {
                name,
                alias,
                args,
                with_hints,
                version,
                with_ordinality,
                partitions,
                json_path,
                sample,
                index_hints,
            } => {
                let upper = self.single_name(name);
                if args.is_some() {
                    self.refuse(
                        place,
                        format!("{upper}()"),
                        function_instead(&upper).unwrap_or("read from a table or a CTE"),
                    );
                } else if name.0.len() == 1
                    && let Some(ident) = name.0[0].as_ident()
                {
                    self.name(ident);
                }
                if sample.is_some() {
                    self.refuse_word(self.word_after(name.span(), "TABLESAMPLE"), "TABLESAMPLE");
                }
                let plain = with_hints.is_empty()
                    && version.is_none()
                    && !with_ordinality
                    && partitions.is_empty()
                    && json_path.is_none()
                    && index_hints.is_empty();
                if !plain {
                    self.refuse(place, format!("what follows {name}"), "write the table's name alone");
                }
                self.table_alias(alias.as_ref());
            }
            TableFactor::Derived { lateral, subquery, alias, sample } => {
                if *lateral {
                    self.refuse_word(self.word_before(self.start(subquery.span()), "LATERAL"), "LATERAL");
                }
                if sample.is_some() {
                    self.refuse_word(self.word_after(subquery.span(), "TABLESAMPLE"), "TABLESAMPLE");
                }
                self.table_alias(alias.as_ref());
            }
            TableFactor::NestedJoin { table_with_joins, alias } => {
                self.joins(table_with_joins);
                self.table_alias(alias.as_ref());
            }
            TableFactor::Pivot { table, .. } => self.refuse_word(self.word_after(table.span(), "PIVOT"), "PIVOT"),
            TableFactor::Unpivot { table, .. } => self.refuse_word(self.word_after(table.span(), "UNPIVOT"), "UNPIVOT"),
            TableFactor::Function { lateral: true, .. } => {
                self.refuse_word(self.word_before(place, "LATERAL"), "LATERAL");
            }
            other => {
                let text = other.to_string();
                let name = text.split('(').next().unwrap_or_default().trim().to_owned();
                self.refuse(place, format!("{name}()"), "read from a table or a CTE");
            }
        }
    }

    fn table_alias(&mut self, alias: Option<&TableAlias>) {
        if let Some(alias) = alias {
            self.name(&alias.name);
            self.alias_columns(alias);
        }
    }

    fn joins(&mut self, item: &TableWithJoins) {
        for join in &item.joins {
            self.join(join);
        }
    }

    fn join(&mut self, join: &Join) {
        use JoinOperator as Kind;
        let place = self.start(join.relation.span());
        let operator = &join.join_operator;
        let shared = matches!(
            operator,
            Kind::Join(_)
                | Kind::Inner(_)
                | Kind::Left(_)
                | Kind::LeftOuter(_)
                | Kind::Right(_)
                | Kind::RightOuter(_)
                | Kind::FullOuter(_)
                | Kind::CrossJoin(_)
                | Kind::Semi(_)
                | Kind::LeftSemi(_)
                | Kind::Anti(_)
                | Kind::LeftAnti(_)
        );
        if !shared || join.global {
            self.refuse(
                self.word_before(place, "JOIN"),
                "a join of this kind",
                "write JOIN, LEFT JOIN, SEMI JOIN, ANTI JOIN or CROSS JOIN",
            );
        }
        match (operator, constraint(operator)) {
            (_, Some(JoinConstraint::Natural)) => self.refuse_word(self.word_before(place, "NATURAL"), "NATURAL"),
            (Kind::CrossJoin(_), Some(JoinConstraint::None)) | (_, None | Some(JoinConstraint::Using(_))) => {}
            (Kind::CrossJoin(_), Some(JoinConstraint::On(condition))) => {
                let place = self.word_before(self.start(condition.span()), "ON");
                self.refuse(place, "CROSS JOIN with ON", "write JOIN … ON");
            }
            (_, Some(JoinConstraint::On(condition))) => self.condition(condition),
            (_, Some(JoinConstraint::None)) => {
                let place = self.word_before(place, "JOIN");
                self.refuse(
                    place,
                    "a JOIN without ON",
                    "name the join keys with ON, or write CROSS JOIN for a single row",
                );
            }
        }
    }

    /// A condition of a join has to be `a.x = b.y AND …` and nothing else.
    ///
    /// Polars turns any further condition of a LEFT, SEMI or ANTI JOIN into a filter after the join, and reads
    /// `b.day - a.day` as `a.day - a.day` where both tables have the column, without an error in either case.
    fn condition(&mut self, condition: &Expr) {
        if !joins_by_equalities(condition) {
            self.refuse(
                self.word_before(self.start(condition.span()), "ON"),
                "a join condition other than equalities joined by AND",
                "put the rest into WHERE; for LEFT, SEMI and ANTI JOIN make the pairs in a CTE and join on their key (Polars reads it otherwise)",
            );
        }
    }
}

fn joins_by_equalities(condition: &Expr) -> bool {
    match condition {
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
            joins_by_equalities(left) && joins_by_equalities(right)
        }
        Expr::BinaryOp { left, op: BinaryOperator::Eq, right } => is_key(left) && is_key(right),
        _ => false,
    }
}

/// Whether a side of an equality is computed from a table's columns without comparing anything.
fn is_key(side: &Expr) -> bool {
    struct Side {
        names_column: bool,
        compares: bool,
    }
    impl Visitor for Side {
        type Break = ();
        fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
            use BinaryOperator as Op;
            self.names_column |= matches!(expression, Expr::CompoundIdentifier(_));
            self.compares |= match expression {
                Expr::Identifier(_)
                | Expr::CompoundIdentifier(_)
                | Expr::Value(_)
                | Expr::Nested(_)
                | Expr::Function(_)
                | Expr::Cast { .. }
                | Expr::Ceil { .. }
                | Expr::Floor { .. }
                | Expr::Substring { .. } => false,
                Expr::BinaryOp { op, .. } => {
                    !matches!(op, Op::Plus | Op::Minus | Op::Multiply | Op::Divide | Op::Modulo | Op::StringConcat)
                }
                Expr::UnaryOp { op, .. } => *op == UnaryOperator::Not,
                _ => true,
            };
            ControlFlow::Continue(())
        }
    }
    let mut found = Side { names_column: false, compares: false };
    let _ = side.visit(&mut found);
    found.names_column && !found.compares
}

/// Whether an expression names a column other than within an aggregate.
fn names_column_outside_aggregates(expression: &Expr) -> bool {
    /// Number of aggregates around the place.
    struct Columns(usize);
    impl Visitor for Columns {
        type Break = ();
        fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
            match expression {
                Expr::Function(function) if is_aggregate(function) => self.0 += 1,
                Expr::Identifier(_) | Expr::CompoundIdentifier(_) if self.0 == 0 => return ControlFlow::Break(()),
                _ => {}
            }
            ControlFlow::Continue(())
        }
        fn post_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
            if matches!(expression, Expr::Function(function) if is_aggregate(function)) {
                self.0 -= 1;
            }
            ControlFlow::Continue(())
        }
    }
    expression.visit(&mut Columns(0)).is_break()
}
