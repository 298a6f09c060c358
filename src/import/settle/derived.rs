//! What the settled rows say beyond what is written in them: diagnosis lists, exact ages, likeness of names, identity numbers.

use polars::prelude::*;

use super::super::similarity::similarity_pct;
use super::identity_card;
use crate::calendar;
use crate::spelling::normalise;

/// Diagnosis prefixes that mark a visit.
#[derive(Debug, Clone, Default)]
pub struct DiagnosisLists {
    /// Chemotherapy, radiotherapy, dialysis, rehabilitation.
    pub planned_cycle: Vec<String>,
    /// Deliveries and newborns.
    pub birth: Vec<String>,
}

/// Which diagnosis codes of a bucket are on the lists.
pub fn diagnosis_flags(parts: &DataFrame, diagnoses: &DataFrame, lists: &DiagnosisLists) -> PolarsResult<DataFrame> {
    let mut codes: Vec<String> = Vec::new();
    for column in [diagnoses.column("dx_code")?, parts.column("main_dx")?] {
        codes.extend(column.unique()?.str()?.iter().flatten().map(str::to_owned));
    }
    codes.sort_unstable();
    codes.dedup();
    let on = |list: &[String], code: &str| i32::from(list.iter().any(|prefix| code.starts_with(prefix.as_str())));
    codes.retain(|code| on(&lists.planned_cycle, code) + on(&lists.birth, code) > 0);
    let planned: Vec<i32> = codes.iter().map(|code| on(&lists.planned_cycle, code)).collect();
    let birth: Vec<i32> = codes.iter().map(|code| on(&lists.birth, code)).collect();
    df!["dx_code" => codes, "planned_cycle" => planned, "birth" => birth]
}

/// Full years at admission from the date of birth; the export's own age where there is no date of birth.
pub fn with_exact_ages(mut visits: DataFrame) -> PolarsResult<DataFrame> {
    let ages: Int32Chunked = {
        let births = visits.column("birth_day")?.cast(&DataType::Int32)?;
        let days = visits.column("adm_day")?.cast(&DataType::Int32)?;
        let stated = visits.column("age_years")?.cast(&DataType::Int32)?;
        births
            .i32()?
            .iter()
            .zip(days.i32()?.iter())
            .zip(stated.i32()?.iter())
            .map(|((birth, day), stated)| match (birth, day) {
                (Some(birth), Some(day)) => calendar::age_years(birth, day),
                _ => stated,
            })
            .collect()
    };
    visits.with_column(ages.with_name("age_years".into()).into_column())?;
    Ok(visits)
}

/// How alike the two names of every billed pair are, and the hospital's name as lists of known names spell it: half-width, upper case.
pub fn with_similarity(mut pairs: DataFrame) -> PolarsResult<DataFrame> {
    let (similarity, names): (Int32Chunked, StringChunked) = {
        let hospital = pairs.column("medins_list_name")?.str()?;
        let insured = pairs.column("item_name")?.str()?;
        let similarity = hospital
            .iter()
            .zip(insured.iter())
            .map(|(hospital, insured)| Some(similarity_pct(hospital?, insured?)))
            .collect();
        (similarity, hospital.iter().map(|name| name.map(normalise)).collect())
    };
    pairs.with_column(similarity.with_name("similarity_pct".into()).into_column())?;
    pairs.with_column(names.with_name("medins_list_name".into()).into_column())?;
    Ok(pairs)
}

/// What the identity numbers of persons say.
pub fn with_identity_cards(mut persons: DataFrame) -> PolarsResult<DataFrame> {
    let read: Vec<_> =
        persons.column("certno")?.str()?.iter().map(|certno| certno.and_then(identity_card::read)).collect();
    let valid: Int32Chunked = read.iter().map(|read| read.map(|card| i32::from(card.is_some()))).collect();
    let births: Int32Chunked = read.iter().map(|read| read.flatten().map(|card| card.birth_day)).collect();
    let genders: StringChunked = read.iter().map(|read| read.flatten().map(|card| card.gend)).collect();
    persons.with_column(valid.with_name("certno_valid".into()).into_column())?;
    persons.with_column(births.with_name("certno_birth_day".into()).into_column())?;
    persons.with_column(genders.with_name("certno_gend".into()).into_column())?;
    Ok(persons)
}
