//! The sentences that stand in explanations of either kind.

use entity::{Direction, node};
use index::Aggregation;

use super::{ExplanationStep, Question, StepKind};

impl Question<'_> {
    pub(super) fn say(&self, vi: String, en: String) -> String {
        self.pen.lang.pick(vi, en)
    }

    pub(super) fn node(&self) -> &node::Model {
        &self.record.tree().nodes[self.place]
    }

    pub(super) fn unit_name(&self) -> &str {
        self.pen.lang.pick(&self.unit.name_vi, &self.unit.name_en)
    }

    /// The value as it was given.
    pub(super) fn raw(&self, value: Option<f64>) -> ExplanationStep {
        let (unit, node) = (self.unit_name(), self.node());
        let name = self.pen.lang.pick(&node.name_vi, &node.name_en);
        let measure = self.record.tree().indicators.get(&node.id).map_or("", |row| row.unit.as_str());
        let code = &node.code;
        let text = match value {
            Some(value) => {
                let value = self.pen.value(value);
                self.say(
                    format!("Giá trị gốc của {unit} ở {code} {name}: {value} ({measure})."),
                    format!("Raw value of {unit} in {code} {name}: {value} ({measure})."),
                )
            }
            None => self.say(
                format!("{unit} chưa có giá trị gốc ở {code} {name}."),
                format!("{unit} has no raw value in {code} {name}."),
            ),
        };
        ExplanationStep::new(StepKind::Raw, text).with_result(value)
    }

    /// Which way the indicator goes, where that is not upward.
    pub(super) fn direction(&self) -> &'static str {
        let row = self.record.tree().indicators.get(&self.node().id);
        if row.is_some_and(|row| row.direction == Direction::LowerIsBetter) {
            self.pen.lang.pick(" Càng thấp càng tốt.", " Less is better.")
        } else {
            ""
        }
    }

    pub(super) fn mean(&self, how: Aggregation) -> &'static str {
        match how {
            Aggregation::Arithmetic => self.pen.lang.pick("trung bình cộng", "arithmetic mean"),
            Aggregation::Geometric => self.pen.lang.pick("trung bình nhân", "geometric mean"),
            Aggregation::Harmonic => self.pen.lang.pick("trung bình điều hòa", "harmonic mean"),
        }
    }

    pub(super) fn missing(&self, vi: &str, en: &str) -> ExplanationStep {
        ExplanationStep::new(StepKind::Missing, self.pen.lang.pick(vi, en).to_owned())
    }

    /// What was published, against `made`.
    pub(super) fn beside_published(&self, made: Option<f64>) -> Option<ExplanationStep> {
        let figures = self.record.figures(self.unit.id, self.place);
        let (score, rank) = (figures.published_score, figures.published_rank);
        let place = match rank {
            Some(rank) => self.say(format!(", hạng {rank}"), format!(", rank {rank}")),
            None => String::new(),
        };
        let Some(score) = score else {
            let rank = rank?;
            let text = self.say(
                format!("Công bố: hạng {rank}, không có điểm."),
                format!("Published: rank {rank}, no score."),
            );
            return Some(ExplanationStep::new(StepKind::Published, text));
        };
        let (pen, printed) = (self.pen, self.pen.score(score));
        let Some(made) = made else {
            let text = self.say(
                format!("Điểm công bố: {printed}{place}. Không có điểm tính ở đây để so sánh."),
                format!("Published score: {printed}{place}. No score is made here to compare it with."),
            );
            let step = ExplanationStep::new(StepKind::Published, text);
            return Some(step.with_inputs(&[("published", Some(score))]));
        };
        let round = |x: f64| index::round(x, pen.decimals);
        let off = index::round(round(made) - round(score), pen.decimals);
        let own = pen.score(made);
        let text = if off == 0.0 {
            self.say(
                format!("Điểm công bố: {printed}{place}. Khớp với điểm tính ở đây."),
                format!("Published score: {printed}{place}. The score made here agrees."),
            )
        } else {
            let off = pen.score(off.abs());
            self.say(
                format!("Điểm công bố: {printed}{place}. Điểm tính ở đây là {own}, lệch {off} điểm."),
                format!("Published score: {printed}{place}. The score made here is {own}, {off} points off."),
            )
        };
        let formula = format!("{own} − {} = {}", super::numbers::operand(printed), pen.score(off));
        let step = ExplanationStep::new(StepKind::Published, text).with_formula(Some(formula));
        Some(step.with_inputs(&[("made", Some(made)), ("published", Some(score))]).with_result(Some(off)))
    }
}
