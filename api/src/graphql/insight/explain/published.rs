//! An explanation from published figures, for an edition that cannot be computed.

use std::collections::HashMap;

use entity::*;
use sea_orm::{ColumnTrait, QueryFilter};
use uuid::Uuid;

use super::numbers::Scale;
use super::{ExplanationChild, ExplanationStep, Outcome, Question, StepKind};
use crate::error::Result;
use crate::store::{Read, Store};

const SCALE: f64 = 100.0;

impl Question<'_> {
    /// The steps from published figures, as far as they go.
    pub(super) async fn published(&self, store: &Store) -> Result<Outcome> {
        let node = self.node().id;
        let tree = self.record.tree();
        let family = tree.nodes.iter().filter(|row| row.id == node || row.parent_id == Some(node));
        let family: Vec<Uuid> = family.map(|row| row.id).collect();
        let rows = store.find::<statistic::Entity>();
        let rows = rows.filter(statistic::Column::EditionId.eq(self.record.edition().id));
        let rows = store.all(rows.filter(statistic::Column::NodeId.is_in(family))).await?;
        let all: HashMap<Uuid, statistic::Model> = rows.into_iter().map(|row| (row.node_id, row)).collect();
        let mut outcome = if tree.indicators.contains_key(&node) {
            self.between_ends(&all)
        } else {
            self.over_children(&all)
        };
        outcome.steps.extend(self.beside_published(outcome.score));
        Ok(outcome)
    }

    /// An indicator's value between the national minimum and maximum.
    fn scale(&self, node: Uuid, all: &HashMap<Uuid, statistic::Model>) -> Option<Scale> {
        let tree = self.record.tree();
        let row = tree.indicators.get(&node)?;
        let normalisation = row.normalisation.unwrap_or(tree.framework.normalisation);
        let treatment = row.treatment.unwrap_or(tree.framework.treatment);
        let plain = normalisation == Normalisation::MinMax && treatment == Treatment::None;
        if !plain || row.denominator_id.is_some() {
            return None;
        }
        let x = self.record.figure(self.unit.id, node)?.value?;
        let ends = all.get(&node)?;
        let (min, max) = (ends.value_min?, ends.value_max?);
        let (worst, best) = match row.direction {
            Direction::HigherIsBetter => (min, max),
            Direction::LowerIsBetter => (max, min),
        };
        (worst != best).then_some(Scale { x, worst, best, scale: SCALE, low: 0.0, log: false })
    }

    fn between_ends(&self, all: &HashMap<Uuid, statistic::Model>) -> Outcome {
        let node = self.node().id;
        let value = self.record.figure(self.unit.id, node).and_then(|figure| figure.value);
        let mut steps = vec![self.raw(value)];
        let Some(scale) = self.scale(node, all) else {
            steps.push(self.missing(
                "Chưa đủ số liệu để tính lại điểm của kỳ này: giá trị gốc, giá trị nhỏ nhất và lớn nhất toàn quốc chưa được công bố đủ.",
                "This edition cannot be computed, and raw value, national minimum and maximum were not all published, so no score can be made.",
            ));
            return Outcome { steps, score: None };
        };
        let score = (scale.x - scale.worst) / (scale.best - scale.worst) * SCALE;
        let (worst, best) = (self.pen.value(scale.worst), self.pen.value(scale.best));
        let direction = self.direction();
        let text = self.say(
            format!(
                "Tính từ số liệu đã công bố: chuẩn hóa về thang điểm 0–100, giá trị kém nhất toàn quốc là {worst}, tốt nhất là {best}.{direction}"
            ),
            format!(
                "From published figures: normalised to a scale of 0 to 100, the worst value of the country being {worst}, the best {best}.{direction}"
            ),
        );
        let step = ExplanationStep::new(StepKind::Published, text)
            .with_formula(Some(self.pen.on_scale(scale, score)))
            .with_inputs(&[
                ("value", Some(scale.x)),
                ("worst", Some(scale.worst)),
                ("best", Some(scale.best)),
            ])
            .with_result(Some(score));
        steps.push(step);
        Outcome { steps, score: Some(score) }
    }

    fn over_children(&self, all: &HashMap<Uuid, statistic::Model>) -> Outcome {
        let node = self.node();
        let tree = self.record.tree();
        let how = aggregation(node.aggregation.unwrap_or(tree.framework.aggregation));
        let children = tree.nodes.iter().enumerate().filter(|(_, row)| row.parent_id == Some(node.id));
        let score = |row: &node::Model| {
            let published = self.record.figure(self.unit.id, row.id).and_then(|figure| figure.score);
            published.or_else(|| {
                let scale = self.scale(row.id, all)?;
                Some((scale.x - scale.worst) / (scale.best - scale.worst) * SCALE)
            })
        };
        let family: Vec<(usize, f64, Option<f64>)> =
            children.map(|(place, row)| (place, row.weight, score(row))).collect();
        let weighted = family.iter().filter(|(_, weight, _)| *weight > 0.0);
        let lacking: Vec<String> = weighted
            .clone()
            .filter(|(_, _, score)| score.is_none())
            .map(|(place, _, _)| {
                let row = &tree.nodes[*place];
                format!("{} ({})", self.pen.lang.pick(&row.name_vi, &row.name_en), row.code)
            })
            .collect();
        let known: Vec<(f64, f64)> =
            weighted.filter_map(|(_, weight, score)| Some((*weight, (*score)?))).collect();
        let total: f64 = known.iter().map(|(weight, _)| weight).sum();
        let additive = how == index::Aggregation::Arithmetic;
        let child = |&(place, weight, score): &(usize, f64, Option<f64>)| {
            let share = if score.is_some() && total > 0.0 { weight / total } else { 0.0 };
            let points = score.filter(|_| additive).map(|score| share * score);
            ExplanationChild { node: self.record.node(place), weight, share, score, points }
        };
        let children: Vec<ExplanationChild> = family.iter().map(child).collect();
        if !lacking.is_empty() || known.is_empty() {
            // The mean of those that happen to be known would be another figure.
            let parts = lacking.join(", ");
            let text = self.say(
                format!("Chưa đủ số liệu để tính lại điểm của kỳ này; chưa có điểm các thành phần: {parts}."),
                format!(
                    "There are not figures enough to compute this edition; parts without a score: {parts}."
                ),
            );
            let steps = vec![ExplanationStep::new(StepKind::Missing, text).with_children(children)];
            return Outcome { steps, score: None };
        }
        let columns: Vec<(f64, [f64; 1])> = known.iter().map(|&(weight, score)| (weight, [score])).collect();
        let mut made = [0.0];
        let each = columns.iter().map(|(weight, score)| (*weight, score.as_slice()));
        index::aggregate::aggregate(how, each, 0.0, &mut made);
        let score = Some(made[0]).filter(|score| score.is_finite());
        let mean = self.mean(how);
        let there = family.iter().filter(|(_, weight, _)| *weight > 0.0);
        let there: Vec<(usize, f64)> = there.filter_map(|&(place, _, score)| Some((place, score?))).collect();
        let parts = self.parts(&there);
        let text = self.say(
            format!(
                "Tính từ số liệu đã công bố: {mean} có trọng số của điểm các thành phần.{parts} Số liệu công bố đã được làm tròn nên kết quả có thể lệch ở chữ số cuối."
            ),
            format!(
                "From published figures: the weighted {mean} of the parts.{parts} Published figures were rounded, so the result may be off in its last digit."
            ),
        );
        let step = ExplanationStep::new(StepKind::Published, text)
            .with_formula(score.and_then(|score| self.pen.mean(how, &known, score)))
            .with_children(children)
            .with_result(score);
        Outcome { steps: vec![step], score }
    }
}

fn aggregation(how: Aggregation) -> index::Aggregation {
    match how {
        Aggregation::Arithmetic => index::Aggregation::Arithmetic,
        Aggregation::Geometric => index::Aggregation::Geometric,
        Aggregation::Harmonic => index::Aggregation::Harmonic,
    }
}
