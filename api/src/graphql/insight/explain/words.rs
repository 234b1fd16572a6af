//! The sentences that stand in explanations of either kind.

use entity::{Direction, Region, node};
use index::Aggregation;

use super::{ExplanationStep, Question, StepKind};
use crate::lang::operand;

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

    /// Code and name of the node at `place`.
    fn titled(&self, place: usize) -> String {
        let node = &self.record.tree().nodes[place];
        format!("{} {}", node.code, self.pen.lang.pick(&node.name_vi, &node.name_en))
    }

    /// The parts of a mean by code, name and score; nothing when there are none.
    pub(super) fn parts(&self, parts: &[(usize, f64)]) -> String {
        let part =
            |&(place, score): &(usize, f64)| format!("{} {}", self.titled(place), self.pen.score(score));
        let told: Vec<String> = parts.iter().map(part).collect();
        let (count, told) = (told.len(), told.join("; "));
        if count == 0 {
            return String::new();
        }
        self.say(format!(" Các thành phần ({count}): {told}."), format!(" Parts ({count}): {told}."))
    }

    /// The parts that a mean had to do without.
    pub(super) fn left_out(&self, places: &[usize]) -> String {
        if places.is_empty() {
            return String::new();
        }
        let told = places.iter().map(|&place| self.titled(place)).collect::<Vec<_>>().join("; ");
        self.say(
            format!(" Bỏ qua vì chưa có điểm, trọng số chia lại cho các thành phần còn lại: {told}."),
            format!(" Left out for want of a score, so that the others share the weight: {told}."),
        )
    }

    /// The region that the unit lies in.
    pub(super) fn region(&self) -> &'static str {
        let (vi, en) = match self.unit.region {
            Some(Region::NorthernMidlandsAndMountains) => {
                (" Trung du và miền núi phía Bắc", " Northern Midlands and Mountains")
            }
            Some(Region::RedRiverDelta) => (" Đồng bằng sông Hồng", " Red River Delta"),
            Some(Region::NorthCentral) => (" Bắc Trung Bộ", " North Central"),
            Some(Region::SouthCentralCoastAndCentralHighlands) => {
                (" Duyên hải Nam Trung Bộ và Tây Nguyên", " South Central Coast and Central Highlands")
            }
            Some(Region::Southeast) => (" Đông Nam Bộ", " Southeast"),
            Some(Region::MekongDelta) => (" Đồng bằng sông Cửu Long", " Mekong Delta"),
            None => ("", ""),
        };
        self.pen.lang.pick(vi, en)
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
                format!("Công bố: hạng {rank}, chưa có điểm công bố."),
                format!("Published: rank {rank}, no score published."),
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
        let formula = format!("{own} − {} = {}", operand(printed), pen.score(off));
        let step = ExplanationStep::new(StepKind::Published, text).with_formula(Some(formula));
        Some(step.with_inputs(&[("made", Some(made)), ("published", Some(score))]).with_result(Some(off)))
    }
}
