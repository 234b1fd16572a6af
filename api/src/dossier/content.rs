//! What a dossier holds. Field for field the JSON that is hashed and that clients read.
//!
//! Every list is in an order that the rows themselves give (codes, dates, ids), so that the same state of affairs is
//! frozen into the same bytes.

use async_graphql::{Enum, ID, SimpleObject};
use chrono::{DateTime, NaiveDate, Utc};
use entity::*;
use serde::{Deserialize, Serialize};

/// The version of this layout; what was frozen in another is still read.
pub const FORMAT: &str = "pii-dossier/1";

/// The values and evidence of a period or an edition as they were sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Content {
    /// The layout of this content: `pii-dossier/1`.
    pub format: String,
    /// The day in Viet Nam on which it was frozen; what is late was late on this day.
    pub as_of: NaiveDate,
    /// The period; null in a dossier of an edition.
    pub period: Option<Period>,
    /// The edition; null in a dossier of a period.
    pub edition: Option<Edition>,
    /// The plan that is reported on.
    pub plan: Plan,
    /// Where the province stands by the latest published edition; null when there is none.
    pub standing: Option<Standing>,
    /// The pillars of the plan's framework, in their order.
    pub pillars: Vec<Pillar>,
    /// The organizations that anything here names, by code.
    pub organizations: Vec<Organization>,
    /// The tasks that the period expects reports on, by code; empty in a dossier of an edition.
    pub tasks: Vec<Task>,
    /// The supplied figures that were accepted, by the code of their indicator, then edition.
    pub values: Vec<Value>,
    /// The requests for evidence whose letter is of the period, by date and number.
    pub requests: Vec<Request>,
    /// The difficulties that were passed on to the leader in the period, by time.
    pub obstacles: Vec<Obstacle>,
    /// The exemplary models that were proposed or commended in the period, by organization and title.
    pub models: Vec<Model>,
    /// Communication and training in the period, by date.
    pub outreach: Vec<Outreach>,
    /// What should be here and is not.
    pub missing: Vec<Missing>,
}

/// The period of a dossier.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Period {
    /// Global id of the period.
    pub id: ID,
    /// Its code: `2026-H1`.
    pub code: String,
    /// Title in Vietnamese.
    pub title_vi: String,
    /// Title in English.
    pub title_en: String,
    /// First day it covers.
    pub starts_on: NaiveDate,
    /// Last day for the departments.
    pub department_due_on: NaiveDate,
    /// Last day for Sở KH&CN.
    pub due_on: NaiveDate,
}

/// The edition of a dossier.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Edition {
    /// Global id of the edition.
    pub id: ID,
    /// The year of the ranking.
    pub year: i32,
    /// Its revision.
    pub revision: i32,
    /// The label of its framework version.
    pub framework: String,
    /// Draft or published.
    pub status: Publication,
    /// Whether its figures are made up, to try things out.
    pub synthetic: bool,
}

/// The plan of a dossier.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// Global id of the plan.
    pub id: ID,
    /// The year it starts with.
    pub year: i32,
    /// Its document number, where known.
    pub number: Option<String>,
    /// When it was signed, where known.
    pub issued_on: Option<NaiveDate>,
    /// Title in Vietnamese.
    pub title_vi: String,
    /// Title in English.
    pub title_en: String,
    /// The province, in Vietnamese.
    pub province_vi: String,
    /// The province, in English.
    pub province_en: String,
    /// The year compared with.
    pub base_year: i32,
    /// The rank in that year.
    pub base_rank: i32,
    /// The rank wanted in the plan's year.
    pub rank_goal: i32,
}

/// Where the province stands by the latest published edition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, SimpleObject)]
#[graphql(name = "DossierStanding")]
#[serde(rename_all = "camelCase")]
pub struct Standing {
    /// Global id of that edition.
    pub edition_id: ID,
    /// Its year.
    pub year: i32,
    /// Its revision.
    pub revision: i32,
    /// Whether its figures are made up, to try things out.
    pub synthetic: bool,
    /// How many units it ranks.
    pub unit_count: Option<i32>,
    /// The province's rank.
    pub rank: Option<i32>,
    /// The province's score, 0 to 100.
    pub score: Option<f64>,
    /// Its pillars, in the order of that edition's framework.
    pub pillars: Vec<PillarStanding>,
    /// The province in the published editions, from the first on.
    pub history: Vec<YearStanding>,
}

/// Where the province stands at one pillar.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, SimpleObject)]
#[graphql(name = "DossierPillarStanding")]
#[serde(rename_all = "camelCase")]
pub struct PillarStanding {
    /// Code of the pillar in that edition's framework.
    pub code: String,
    /// Its name in Vietnamese.
    pub name_vi: String,
    /// Its name in English.
    pub name_en: String,
    /// The province's score, 0 to 100.
    pub score: Option<f64>,
    /// The mean of all units, 0 to 100.
    pub mean: Option<f64>,
    /// The best of all units, 0 to 100.
    pub best: Option<f64>,
    /// The province's rank.
    pub rank: Option<i32>,
}

/// The province in one year.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, SimpleObject)]
#[graphql(name = "DossierYearStanding")]
#[serde(rename_all = "camelCase")]
pub struct YearStanding {
    /// The year.
    pub year: i32,
    /// The rank.
    pub rank: Option<i32>,
    /// The score, 0 to 100.
    pub score: Option<f64>,
    /// Whether it may be compared with the year before: the same framework and number of units.
    pub comparable: bool,
}

/// A pillar of the plan's framework, and how far its tasks are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, SimpleObject)]
#[graphql(name = "DossierPillar")]
#[serde(rename_all = "camelCase")]
pub struct Pillar {
    /// Its code.
    pub code: String,
    /// Its name in Vietnamese.
    pub name_vi: String,
    /// Its name in English.
    pub name_en: String,
    /// How far the assignments of its tasks are.
    pub progress: Progress,
}

/// An organization, and how far its assignments are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, SimpleObject)]
#[graphql(name = "DossierOrganization")]
#[serde(rename_all = "camelCase")]
pub struct Organization {
    /// Global id of the organization, which may have changed since.
    #[graphql(name = "organizationId")]
    pub id: ID,
    /// Its code.
    pub code: String,
    /// Its name in Vietnamese.
    pub name_vi: String,
    /// Its name in English.
    pub name_en: String,
    /// What sort of body it is.
    pub kind: OrganizationKind,
    /// How far its assignments are.
    pub progress: Progress,
}

/// How many assignments are how far. The five outcomes add up to `assignments`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, SimpleObject)]
#[graphql(name = "DossierProgress")]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    /// Assignments that a report was expected of.
    pub assignments: u32,
    /// Those with an accepted report in the period.
    pub reported: u32,
    /// Done.
    pub done: u32,
    /// Begun and in time.
    pub in_progress: u32,
    /// Not done and past the task's last day.
    pub late: u32,
    /// In time, but reported at nought per cent.
    pub not_begun: u32,
    /// In time, without an accepted report: how far it is, is not known.
    pub unreported: u32,
}

/// How far an assignment is, by its accepted report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Reported at 100 per cent.
    Done,
    /// Begun and in time.
    InProgress,
    /// Not reported at 100 per cent, and past the task's last day.
    Late,
    /// In time, but reported at nought per cent.
    NotBegun,
    /// In time, without an accepted report: how far it is, is not known.
    Unreported,
}

/// A task and what was reported on it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Task {
    /// Global id of the task.
    pub id: ID,
    /// Its code within the plan.
    pub code: String,
    /// What is to be done.
    pub title: String,
    /// Code of the pillar it serves; null if it serves the index as a whole.
    pub pillar: Option<String>,
    /// Code of the node it serves; null if it serves the index as a whole.
    pub node: Option<String>,
    /// Its last day.
    pub due_on: NaiveDate,
    /// How far it was.
    pub status: TaskStatus,
    /// Whose hands it is in, the lead first, then by code.
    pub assignments: Vec<Assignment>,
}

/// An assignment that the period expects a report of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Assignment {
    /// Global id of the assignment.
    pub id: ID,
    /// Code of the organization.
    pub organization: String,
    /// Lead or coordinating.
    pub role: AssignmentRole,
    /// How far it is.
    pub outcome: Outcome,
    /// The accepted report; null when there is none.
    pub report: Option<Report>,
}

/// A report exactly as it was accepted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Global id of the report.
    pub id: ID,
    /// Which of its versions was accepted; 0 for a report of before versions were kept.
    pub version: i32,
    /// How much is done, 0 to 100.
    pub percent: i32,
    /// What was done and reached.
    pub content: String,
    /// What stands in the way.
    pub difficulties: Option<String>,
    /// When it was submitted.
    pub submitted_at: DateTime<Utc>,
    /// Whether it was first submitted after the departments' last day.
    pub late: bool,
    /// When it was accepted.
    pub accepted_at: DateTime<Utc>,
    /// Its evidence.
    pub evidence: Vec<Evidence>,
}

/// A document as it was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Evidence {
    /// Global id of the evidence.
    pub id: ID,
    /// What it is.
    pub title: String,
    /// Its number.
    pub document_number: Option<String>,
    /// When it was issued.
    pub issued_on: Option<NaiveDate>,
    /// SHA-256 of its file's bytes, in hex.
    pub sha256: Option<String>,
}

/// A supplied figure that was accepted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Value {
    /// Global id of what was supplied: the figure's source row. Null for a figure that was imported.
    pub submission_id: Option<ID>,
    /// The year of the edition that it is for.
    pub edition_year: i32,
    /// Code of the indicator in that edition's framework.
    pub indicator: String,
    /// Name of the indicator in Vietnamese.
    pub name_vi: String,
    /// Name of the indicator in English.
    pub name_en: String,
    /// The raw value.
    pub value: f64,
    /// Its unit.
    pub unit: String,
    /// The year that it is of.
    pub year: Option<i32>,
    /// Code of the organization that supplied it.
    pub organization: Option<String>,
    /// How it was measured or counted.
    pub method_note: Option<String>,
    /// Where an imported figure was read.
    pub source: Option<String>,
    /// When it was accepted.
    pub accepted_at: Option<DateTime<Utc>>,
    /// Its evidence.
    pub evidence: Vec<Evidence>,
}

/// A request for evidence and the answers to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// Global id of the request.
    pub id: ID,
    /// Number of the official letter.
    pub letter_number: String,
    /// Date of the official letter.
    pub letter_on: NaiveDate,
    /// What it is about.
    pub title: String,
    /// Last day for the answers.
    pub due_on: NaiveDate,
    /// The organizations that were asked, by code.
    pub responses: Vec<Response>,
}

/// How far an organization's answer was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// Global id of the answer.
    pub id: ID,
    /// Code of the organization.
    pub organization: String,
    /// How far it was.
    pub status: ResponseStatus,
    /// The evidence of an answer that was accepted; empty otherwise.
    pub evidence: Vec<Evidence>,
}

/// A difficulty that was passed on to the leader.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Obstacle {
    /// Global id of the difficulty.
    pub id: ID,
    /// Code of the organization that met it.
    pub organization: String,
    /// Code of the task that it hinders.
    pub task: Option<String>,
    /// Code of the node that it hinders.
    pub node: Option<String>,
    /// What it is, in one line.
    pub title: String,
    /// The same at length.
    pub description: String,
    /// What the organization proposes.
    pub proposal: Option<String>,
    /// What Sở KH&CN thinks of it.
    pub opinion: Option<String>,
    /// Forwarded or resolved.
    pub status: ObstacleStatus,
    /// What was resolved.
    pub answer: Option<String>,
    /// Date of the answer.
    pub answered_on: Option<NaiveDate>,
}

/// An exemplary model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Model {
    /// Global id of the model.
    pub id: ID,
    /// Code of the organization that proposes it.
    pub organization: String,
    /// What it is called.
    pub title: String,
    /// What it has reached.
    pub results: Option<String>,
    /// Proposed or commended.
    pub status: ModelStatus,
    /// Number of the decision that commends it.
    pub decision_number: Option<String>,
    /// Date of that decision.
    pub decision_on: Option<NaiveDate>,
    /// Where it was taken up: place, and code of the organization.
    pub replications: Vec<Replication>,
}

/// A place where a model was taken up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Replication {
    /// Code of the organization.
    pub organization: String,
    /// Where.
    pub place: String,
    /// Since when.
    pub started_on: NaiveDate,
}

/// Something done to make the index known, or to train people in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Outreach {
    /// Global id of the activity.
    pub id: ID,
    /// Code of the organization.
    pub organization: String,
    /// Communication or training.
    pub kind: OutreachKind,
    /// What it was about.
    pub subject: String,
    /// When it was held or published.
    pub held_on: NaiveDate,
    /// Where.
    pub place: Option<String>,
    /// How many people took part.
    pub people: Option<i32>,
}

/// Something that should be in the dossier and is not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, SimpleObject)]
#[graphql(name = "DossierMissing")]
#[serde(rename_all = "camelCase")]
pub struct Missing {
    /// What is missing.
    pub kind: MissingKind,
    /// Code of the organization that owes it; null when nobody is named to supply it.
    pub organization: Option<String>,
    /// Code of the task, indicator or letter.
    pub subject: String,
}

/// What is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Enum, Serialize, Deserialize)]
#[graphql(name = "DossierMissingKind")]
#[serde(rename_all = "snake_case")]
pub enum MissingKind {
    /// An accepted report on the task that `subject` names.
    Report,
    /// Evidence of an accepted report on the task that `subject` names, which demands evidence.
    Evidence,
    /// An accepted figure for the indicator that `subject` names.
    Value,
    /// An accepted answer to the letter that `subject` names.
    Response,
}

impl Progress {
    /// Counts one more assignment.
    pub fn add(&mut self, assignment: &Assignment) {
        self.assignments += 1;
        self.reported += u32::from(assignment.report.is_some());
        let outcome = match assignment.outcome {
            Outcome::Done => &mut self.done,
            Outcome::InProgress => &mut self.in_progress,
            Outcome::Late => &mut self.late,
            Outcome::NotBegun => &mut self.not_begun,
            Outcome::Unreported => &mut self.unreported,
        };
        *outcome += 1;
    }
}
