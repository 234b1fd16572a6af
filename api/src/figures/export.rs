//! The figures of an edition as a file, equal to what the API answers.

use std::collections::HashMap;

use entity::*;
use sea_orm::{ColumnTrait, QueryFilter};
use uuid::Uuid;

use super::{Lexicon, Subject, refused};
use crate::App;
use crate::error::Result;
use crate::lang::Lang;
use crate::scoring::Tree;
use crate::sheet::{self, Export, ExportColumn, Format, Label};
use crate::store::{Read, Store};

/// The values, scores and ranks of an edition as a file, and its name. What was published or entered and what was computed
/// stand apart; an import takes over the first only.
pub async fn export(
    app: &App,
    store: &Store,
    edition: edition::Model,
    format: Format,
    lang: Lang,
) -> Result<(Vec<u8>, String)> {
    let framework = store.get::<framework::Entity>(edition.framework_id).await?;
    let tree = Tree::read(store, framework).await?;
    let lexicon = Lexicon::of(store, &edition, &tree).await?;
    let figures = Figures::of(store, edition.id).await?;
    let units: Vec<&unit::Model> =
        lexicon.units.iter().filter(|unit| figures.units.contains(&unit.id)).collect();
    let subjects = &lexicon.columns;
    let matrix = |figure: &dyn Fn(Uuid, &Subject) -> Option<f64>| -> Vec<Option<f64>> {
        let row = |unit: &&unit::Model| {
            let unit = unit.id;
            subjects.iter().map(|subject| figure(unit, subject)).collect::<Vec<_>>()
        };
        units.iter().flat_map(row).collect()
    };
    let entered = [Figure::Value, Figure::Score, Figure::Rank]
        .map(|figure| matrix(&|unit, subject| figures.get(unit, subject, figure)));
    let computed = (!figures.computed.is_empty()).then(|| {
        let of = |unit: Uuid, subject: &Subject| figures.computed.get(&(unit, subject.id()));
        [matrix(&|unit, subject| of(unit, subject)?.score), matrix(&|unit, subject| of(unit, subject)?.rank)]
    });
    let labels: Vec<Label> = units
        .iter()
        .map(|unit| Label { code: unit.code.clone(), name: lang.pick(&unit.name_vi, &unit.name_en).clone() })
        .collect();
    let columns: Vec<ExportColumn> = subjects.iter().map(|subject| column(&tree, subject, lang)).collect();
    let warnings = warnings(&edition, lang);
    let about = about(&edition, &tree, lang);
    let written = app.world.now();
    let bytes = app
        .workshop
        .run(move |_| {
            let [values, scores, ranks] = &entered;
            let export = Export {
                lang,
                written,
                about: &about,
                warnings: &warnings,
                units: &labels,
                columns: &columns,
                values: Some(values),
                scores: Some(scores),
                ranks: Some(ranks),
                computed_scores: computed.as_ref().map(|[scores, _]| scores.as_slice()),
                computed_ranks: computed.as_ref().map(|[_, ranks]| ranks.as_slice()),
            };
            sheet::write(format, &export).map_err(|fault| refused(fault, "edition"))
        })
        .await?;
    Ok((bytes, file_name(&edition, format)))
}

/// The name of the file; it too says what the figures are not.
pub fn file_name(edition: &edition::Model, format: Format) -> String {
    let draft = if edition.status == Publication::Draft { "-draft" } else { "" };
    let synthetic = if edition.synthetic { "-synthetic" } else { "" };
    format!("pii-{}-r{}{draft}{synthetic}.{}", edition.year, edition.revision, format.ending())
}

struct Figures {
    units: std::collections::HashSet<Uuid>,
    scores: HashMap<(Uuid, Uuid), score::Model>,
    computed: HashMap<(Uuid, Uuid), computed_score::Model>,
    divisors: HashMap<(Uuid, Uuid), f64>,
}

impl Figures {
    async fn of(store: &Store, edition: Uuid) -> Result<Self> {
        let scores = store.find::<score::Entity>().filter(score::Column::EditionId.eq(edition));
        let scores = store.every(scores).await?;
        let computed =
            store.find::<computed_score::Entity>().filter(computed_score::Column::EditionId.eq(edition));
        let computed = store.every(computed).await?;
        let divisors = store
            .find::<denominator_value::Entity>()
            .filter(denominator_value::Column::EditionId.eq(edition));
        let divisors = store.every(divisors).await?;
        Ok(Self {
            units: scores
                .iter()
                .map(|row| row.unit_id)
                .chain(divisors.iter().map(|row| row.unit_id))
                .collect(),
            scores: scores.into_iter().map(|row| ((row.unit_id, row.node_id), row)).collect(),
            computed: computed.into_iter().map(|row| ((row.unit_id, row.node_id), row)).collect(),
            divisors: divisors
                .into_iter()
                .map(|row| ((row.unit_id, row.denominator_id), row.value))
                .collect(),
        })
    }

    fn get(&self, unit: Uuid, subject: &Subject, figure: Figure) -> Option<f64> {
        let key = (unit, subject.id());
        let row = self.scores.get(&key);
        match (subject, figure) {
            (Subject::Denominator(_), Figure::Value) => self.divisors.get(&key).copied(),
            (Subject::Denominator(_), _) => None,
            (Subject::Node(_), Figure::Value) => row?.value,
            (Subject::Node(_), Figure::Score) => row?.score,
            (Subject::Node(_), Figure::Rank) => row?.rank.map(f64::from),
        }
    }
}

fn column(tree: &Tree, subject: &Subject, lang: Lang) -> ExportColumn {
    let (code, vi, en) = subject.names();
    let measure = match subject {
        Subject::Node(node) => tree.indicators.get(&node.id).map(|indicator| indicator.unit.clone()),
        Subject::Denominator(row) => Some(row.unit.clone()),
    };
    ExportColumn {
        label: Label { code: code.to_owned(), name: lang.pick(vi, en).to_owned() },
        measure: measure.unwrap_or_default(),
        kind: subject.kind(),
    }
}

const DRAFT: (&str, &str) = ("BẢN NHÁP, chưa công bố", "DRAFT, not published");
const SYNTHETIC: (&str, &str) = ("SỐ LIỆU GIẢ LẬP, không phải số thật", "SYNTHETIC DATA, not real figures");

fn warnings(edition: &edition::Model, lang: Lang) -> Vec<String> {
    let draft = (edition.status == Publication::Draft).then_some(DRAFT);
    let synthetic = edition.synthetic.then_some(SYNTHETIC);
    draft.into_iter().chain(synthetic).map(|(vi, en)| lang.pick(vi, en).to_owned()).collect()
}

fn about(edition: &edition::Model, tree: &Tree, lang: Lang) -> Vec<(String, String)> {
    let line = |vi: &str, en: &str, text: String| (lang.pick(vi, en).to_owned(), text);
    let framework = &tree.framework;
    let mut lines = vec![
        line("Năm", "Year", edition.year.to_string()),
        line("Lần công bố", "Revision", edition.revision.to_string()),
        line("Khung chỉ số", "Framework", lang.pick(&framework.name_vi, &framework.name_en).clone()),
        line(
            "Điểm và hạng",
            "Scores and ranks",
            lang.pick(
                "số đã công bố hoặc đã nhập; số hệ thống tính từ giá trị gốc ở cột và trang \"tính toán\", không được nhập lại",
                "as published or entered; what was computed here from the raw values stands in \"computed\" columns and sheets, which an import passes over",
            )
            .to_owned(),
        ),
    ];
    if edition.status == Publication::Draft {
        lines.push(line("Trạng thái", "Status", lang.pick(DRAFT.0, DRAFT.1).to_owned()));
    }
    if edition.synthetic {
        lines.push(line("Số liệu", "Figures", lang.pick(SYNTHETIC.0, SYNTHETIC.1).to_owned()));
    }
    if let Some(reason) = &edition.revision_reason {
        lines.push(line("Lý do đính chính", "Reason of the revision", reason.clone()));
    }
    if let Some(note) = &edition.note {
        lines.push(line("Ghi chú", "Note", note.clone()));
    }
    lines
}
