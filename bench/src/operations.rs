//! The four operations, and the requests that are made of them.

use clap::ValueEnum;
use serde_json::{Value, json};

use crate::data::Data;

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Operation {
    /// The ranking with the pillars of each unit.
    Q1,
    /// The first tasks of an officer with what hangs on them.
    Q2,
    /// The indicators of a unit.
    Q3,
    /// Saving a report.
    Q4,
}

impl Operation {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Q1, Self::Q2, Self::Q3, Self::Q4];

    /// Its name in tables and file names.
    pub fn name(self) -> &'static str {
        match self {
            Self::Q1 => "Q1",
            Self::Q2 => "Q2",
            Self::Q3 => "Q3",
            Self::Q4 => "Q4",
        }
    }

    /// Where servers without GraphQL answer it.
    pub fn path(self) -> String {
        format!("/{}", self.name())
    }

    /// Whether it reads nothing but what is published, so that its answers may be kept.
    pub fn is_published(self) -> bool {
        matches!(self, Self::Q1 | Self::Q3)
    }

    /// The document as PostGraphile understands it.
    fn document_for_postgraphile(self) -> &'static str {
        match self {
            Self::Q1 => include_str!("../postgraphile/operations/q1.graphql"),
            Self::Q2 => include_str!("../postgraphile/operations/q2.graphql"),
            Self::Q3 => include_str!("../postgraphile/operations/q3.graphql"),
            Self::Q4 => include_str!("../postgraphile/operations/q4.graphql"),
        }
    }
}

/// The document as the product understands it.
pub fn document(operation: Operation) -> &'static str {
    match operation {
        Operation::Q1 => include_str!("../operations/q1.graphql"),
        Operation::Q2 => include_str!("../operations/q2.graphql"),
        Operation::Q3 => include_str!("../operations/q3.graphql"),
        Operation::Q4 => include_str!("../operations/q4.graphql"),
    }
}

/// Whose schema a request is written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// The product's, which the hand-written server takes too.
    Product,
    /// That which PostGraphile makes of the tables.
    PostGraphile,
}

/// A body and who sends it.
#[derive(Clone, Debug)]
pub struct Request {
    /// The access token.
    pub token: String,
    /// JSON.
    pub body: String,
}

/// Rounds through the reports, each with other figures.
const SAVES_OF_EACH: usize = 20;

/// Requests for `operation`, no two alike; `whose` stands in what is saved, so that nobody saves what is there already.
pub fn varied(operation: Operation, dialect: Dialect, data: &Data, whose: &str) -> Vec<Request> {
    let all = match operation {
        Operation::Q1 => rankings(data),
        Operation::Q2 => data.officers.iter().map(|officer| (&officer.token, json!({}))).collect(),
        Operation::Q3 => profiles(data),
        Operation::Q4 => saves(data, dialect, whose),
    };
    all.into_iter().map(|(token, variables)| request(operation, dialect, token, variables)).collect()
}

fn request(operation: Operation, dialect: Dialect, token: &str, mut variables: Value) -> Request {
    let document = match dialect {
        Dialect::Product => document(operation),
        Dialect::PostGraphile => operation.document_for_postgraphile(),
    };
    if dialect == Dialect::PostGraphile {
        bare_keys(&mut variables);
    }
    let body = json!({ "query": document, "variables": variables });
    Request { token: token.to_owned(), body: body.to_string() }
}

/// `unit:UUID` is the product's; the tables hold the key alone.
fn bare_keys(value: &mut Value) {
    match value {
        Value::Object(members) => members.values_mut().for_each(bare_keys),
        Value::String(text) => {
            if let Some((_, key)) = text.split_once(':').filter(|(_, key)| key.len() == 36) {
                *text = key.to_owned();
            }
        }
        _ => {}
    }
}

fn rankings(data: &Data) -> Vec<(&String, Value)> {
    let officers = data.officers.iter().cycle();
    data.editions
        .iter()
        .zip(officers)
        .map(|(edition, officer)| (&officer.token, json!({ "edition": edition })))
        .collect()
}

/// Every unit in every edition; neighbours differ in both.
fn profiles(data: &Data) -> Vec<(&String, Value)> {
    let places =
        (0..data.units.len()).flat_map(|unit| (0..data.editions.len()).map(move |edition| (unit, edition)));
    let officers = data.officers.iter().cycle();
    places
        .zip(officers)
        .map(|((unit, edition), officer)| {
            (&officer.token, json!({ "unit": data.units[unit], "edition": data.editions[edition] }))
        })
        .collect()
}

fn saves<'a>(data: &'a Data, dialect: Dialect, whose: &str) -> Vec<(&'a String, Value)> {
    let reports = data
        .officers
        .iter()
        .flat_map(|officer| officer.assignments.iter().map(move |assignment| (&officer.token, assignment)));
    let reports: Vec<(&String, &String)> = reports.collect();
    let rounds = (0..SAVES_OF_EACH).flat_map(|round| reports.iter().map(move |report| (round, *report)));
    let assignment_key = match dialect {
        Dialect::Product => "assignmentId",
        Dialect::PostGraphile => "assignment",
    };
    let save = |(round, (token, assignment))| {
        let input = json!({
            assignment_key: assignment,
            "period": data.period,
            "percent": 5 * round,
            "content": format!("Đã khảo sát {} doanh nghiệp ({whose}).", 10 * round),
        });
        (token, json!({ "input": input }))
    };
    rounds.map(save).collect()
}
