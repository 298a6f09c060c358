//! Parameters: defaults, what users set, and their place in the SQL text as typed literals.

use std::collections::BTreeMap;

use super::catalog::{Catalog, Rule};
use super::error::RuleError;
use super::explain::unit_zh;
use super::spec::{Number, Param, ParamType};
use crate::lang::Text;
use crate::spelling::nearest;
use crate::sql::{Literal, Statement, SyntaxError};

/// The values one rule runs with, by parameter name; every declared parameter has one.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Values(BTreeMap<String, Number>);

impl Values {
    /// The defaults of a rule.
    pub fn defaults(params: &BTreeMap<String, Param>) -> Self {
        Self(params.iter().map(|(name, param)| (name.clone(), param.default)).collect())
    }

    /// The value of a parameter.
    pub fn get(&self, name: &str) -> Option<Number> {
        self.0.get(name).copied()
    }

    /// All values in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Number)> {
        self.0.iter().map(|(name, value)| (name.as_str(), *value))
    }

    /// Sets a declared parameter.
    ///
    /// # Errors
    /// A sentence, when there is no such parameter or the value is of the wrong type or out of range.
    pub fn set(&mut self, params: &BTreeMap<String, Param>, name: &str, value: Number) -> Result<(), Text> {
        let Some(param) = params.get(name) else {
            let known: Vec<_> = params.keys().map(String::as_str).collect();
            return Err(match (nearest(name, known.iter().copied()), known.is_empty()) {
                (Some(near), _) => Text::new(
                    format!("没有参数 {name}，是不是 {near}？"),
                    format!("there is no parameter {name}: did you mean {near}?"),
                ),
                (None, false) => {
                    let known = known.join(", ");
                    Text::new(
                        format!("没有参数 {name}；有 {known}"),
                        format!("there is no parameter {name}: there are {known}"),
                    )
                }
                (None, true) => Text::new("这条规则没有参数", "the rule has no parameters"),
            });
        };
        let value = typed(param, value)?;
        self.0.insert(name.to_owned(), value);
        Ok(())
    }

    /// `statement` with every parameter that has a value replaced by it.
    ///
    /// # Errors
    /// As [`Statement::with_parameters`].
    pub fn put_into(&self, statement: &Statement) -> Result<Statement, SyntaxError> {
        statement.with_parameters(|name| {
            self.get(name).map(|value| match value {
                Number::Int(value) => Literal::Int(value),
                Number::Float(value) => Literal::Double(value),
            })
        })
    }
}

/// The value as a parameter of this type and range takes it.
fn typed(param: &Param, value: Number) -> Result<Number, Text> {
    let [least, greatest] = param.range;
    let value = match (param.kind, value) {
        (ParamType::Int, Number::Float(value)) => {
            return Err(Text::new(
                format!("{value} 不是整数，应为 {least} 到 {greatest} 的整数"),
                format!("{value} is not a whole number: give one from {least} to {greatest}"),
            ));
        }
        (ParamType::Float, Number::Int(_)) => Number::Float(value.as_f64()),
        (_, value) => value,
    };
    if value.as_f64() >= least.as_f64() && value.as_f64() <= greatest.as_f64() {
        Ok(value)
    } else {
        let unit = unit_zh(&param.unit).unwrap_or(&param.unit);
        Err(Text::new(
            format!("{value} 超出范围，应为 {least} 到 {greatest}（{unit}）"),
            format!("{value} is out of range: give {least} to {greatest} ({})", param.unit),
        ))
    }
}

/// Checks that a declared parameter's default and range fit its type and each other.
///
/// # Errors
/// A sentence that names the value.
pub(super) fn check_declaration(param: &Param) -> Result<(), String> {
    let [least, greatest] = param.range;
    for value in [least, greatest] {
        if param.kind == ParamType::Int && matches!(value, Number::Float(_)) {
            return Err(format!("range has {value} but type is int"));
        }
    }
    if least.as_f64() > greatest.as_f64() {
        return Err(format!("range begins with {least} and ends with {greatest}"));
    }
    typed(param, param.default).map(|_| ()).map_err(|problem| format!("default: {}", problem.en))
}

/// What users set with `--set rule.parameter=value`, checked against the catalog.
#[derive(Debug, Clone, Default)]
pub struct Settings(BTreeMap<String, Values>);

impl Settings {
    /// Reads settings such as `split-stay.max_gap_days=7`; the last one of a parameter counts.
    ///
    /// # Errors
    /// If a setting is malformed, names no rule or parameter, or is out of range.
    pub fn parse<S: AsRef<str>>(settings: &[S], catalog: &Catalog) -> Result<Self, RuleError> {
        let mut parsed = Self::default();
        for setting in settings.iter().map(AsRef::as_ref) {
            let fail = |problem: Text| RuleError::Setting { setting: setting.to_owned(), problem };
            let form = || fail(Text::new("不是“规则.参数=数值”的写法", "not of the form RULE.PARAMETER=VALUE"));
            let (target, value) = setting.split_once('=').ok_or_else(form)?;
            let (id, name) = target.trim().split_once('.').ok_or_else(form)?;
            let rule = catalog.rule(id).ok_or_else(|| fail(catalog.unknown(id)))?;
            let value = value.trim();
            let value = number(value)
                .ok_or_else(|| fail(Text::new(format!("{value} 不是数字"), format!("{value} is not a number"))))?;
            let values = parsed.0.entry(id.to_owned()).or_insert_with(|| Values::defaults(&rule.spec.params));
            values.set(&rule.spec.params, name, value).map_err(fail)?;
        }
        Ok(parsed)
    }

    /// The values a rule runs with.
    pub fn of(&self, rule: &Rule) -> Values {
        self.0.get(&rule.spec.id).cloned().unwrap_or_else(|| Values::defaults(&rule.spec.params))
    }
}

fn number(text: &str) -> Option<Number> {
    let finite = |value: &f64| value.is_finite();
    text.parse().map(Number::Int).ok().or_else(|| text.parse().ok().filter(finite).map(Number::Float))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(default: i64) -> Param {
        Param {
            kind: ParamType::Int,
            default: Number::Int(default),
            range: [Number::Int(0), Number::Int(90)],
            unit: "days".to_owned(),
            why: String::new(),
            why_zh: String::new(),
            edge: true,
        }
    }

    #[test]
    fn values_are_put_into_a_statement() {
        let params = BTreeMap::from([("gap".to_owned(), days(15))]);
        let statement = Statement::parse("SELECT a FROM t WHERE a > :gap AND b = ':gap' AND c = :other").unwrap();
        let text = Values::defaults(&params).put_into(&statement).unwrap();
        assert_eq!(text.text(), "SELECT a FROM t WHERE a > CAST(15 AS BIGINT) AND b = ':gap' AND c = :other");
    }

    #[test]
    fn values_are_checked() {
        let params = BTreeMap::from([("gap_days".to_owned(), days(15))]);
        let mut values = Values::defaults(&params);
        assert_eq!(values.set(&params, "gap_days", Number::Int(7)), Ok(()));
        assert_eq!(values.get("gap_days"), Some(Number::Int(7)));
        let problem = |value| Values::default().set(&params, "gap_days", value).unwrap_err().en;
        assert_eq!(problem(Number::Int(91)), "91 is out of range: give 0 to 90 (days)");
        assert_eq!(problem(Number::Float(1.5)), "1.5 is not a whole number: give one from 0 to 90");
        let unknown = values.set(&params, "gap_day", Number::Int(1)).unwrap_err().en;
        assert_eq!(unknown, "there is no parameter gap_day: did you mean gap_days?");
    }

    #[test]
    fn numbers_are_read_as_written() {
        assert_eq!(number("7"), Some(Number::Int(7)));
        assert_eq!(number("0.5"), Some(Number::Float(0.5)));
        assert_eq!(number("inf"), None);
        assert_eq!(number("7; DROP"), None);
    }
}
