//! An explanation of what the engine computed: its steps in words.

use entity::unit;
use index::explain::{Child, Formula, Missing, Place, Step, explain};
use index::{Imputation, Ties, Treated};

use super::super::refused;
use super::numbers::Scale;
use super::{ExplanationChild, ExplanationStep, Outcome, Question, StepKind};
use crate::error::Result;
use crate::lang::operand;
use crate::scoring::Basis;

/// Terms that a written sum may have.
const MOST_TERMS: usize = 20;

impl Question<'_> {
    /// The engine's steps.
    pub(super) fn computed(&self, basis: &Basis, row: usize) -> Result<Outcome> {
        let explanation = explain(&basis.framework, &basis.computed, self.place, row);
        let explanation = explanation.map_err(|error| refused(error, "node"))?;
        let mut steps: Vec<ExplanationStep> =
            explanation.steps.iter().filter_map(|step| self.step(basis, step)).collect();
        steps.extend(explanation.missing.map(|why| self.why(why)));
        steps.extend(self.beside_published(explanation.score));
        Ok(Outcome { steps, score: explanation.score })
    }

    fn step(&self, basis: &Basis, step: &Step) -> Option<ExplanationStep> {
        Some(match *step {
            Step::Raw { value } => self.raw(value),
            Step::Denominated { value, by, result } => self.denominated(value, by, result),
            Step::Imputed { method, members, result } => {
                self.imputed(&self.members(basis), method, members, result)
            }
            Step::Treated { what, before, after, min, max, .. } => {
                self.treated(what, before, after, min.zip(max))
            }
            Step::Normalised { value, sign, formula, result } => {
                self.normalised(value, sign, formula, result)?
            }
            Step::Aggregated { aggregation, ref children, weighted, needed, present, result, .. } => {
                self.aggregated(aggregation, children, (weighted, needed, present), result)
            }
            Step::Ranked { ties, units, place, .. } => self.ranked(ties, units, place?),
            // Only a what-if lays scores down.
            Step::Laid { .. } => return None,
        })
    }

    fn denominated(&self, value: Option<f64>, by: Option<f64>, result: Option<f64>) -> ExplanationStep {
        let tree = self.record.tree();
        let divisor = tree.indicators.get(&self.node().id).and_then(|row| row.denominator_id);
        let divisor = tree.denominators.iter().find(|row| Some(row.id) == divisor);
        let text = match divisor {
            Some(row) => self.say(
                format!("Chia cho {} ({}).", row.name_vi, row.unit),
                format!("Divided by {} ({}).", row.name_en, row.unit),
            ),
            None => self.say("Chia cho mẫu số.".to_owned(), "Divided by its denominator.".to_owned()),
        };
        let numbers = value.zip(by).zip(result).map(|((value, by), result)| {
            let by = operand(self.pen.value(by));
            format!("{} ÷ {by} = {}", self.pen.value(value), self.pen.value(result))
        });
        ExplanationStep::new(StepKind::Denominated, text)
            .with_formula(numbers)
            .with_inputs(&[("value", value), ("denominator", by)])
            .with_result(result)
    }

    /// The values of the unit's region that stand in for a missing one, from the least.
    fn members(&self, basis: &Basis) -> Vec<f64> {
        let Some(column) = basis.framework.column(self.place) else { return Vec::new() };
        let alike = |(row, unit): (usize, &unit::Model)| {
            let value = basis.computed.denominated.value(column, row);
            value.filter(|_| unit.region == self.unit.region)
        };
        let mut values: Vec<f64> = basis.units.iter().enumerate().filter_map(alike).collect();
        values.sort_unstable_by(f64::total_cmp);
        values
    }

    fn imputed(
        &self,
        values: &[f64],
        method: Imputation,
        members: usize,
        result: Option<f64>,
    ) -> ExplanationStep {
        let (pen, region) = (self.pen, self.region());
        let (vi, en) = match method {
            Imputation::GroupMedian => ("trung vị", "median"),
            Imputation::GroupMean | Imputation::None => ("trung bình", "mean"),
        };
        let text = match result.map(|result| pen.value(result)) {
            Some(made) => self.say(
                format!(
                    "Thiếu số liệu nên lấy {vi} của {members} địa phương cùng vùng{region} có số liệu: {made}."
                ),
                format!(
                    "The value is missing, so the {en} of the {members} units of the region{region} that have one is taken: {made}."
                ),
            ),
            None => self.say(
                format!("Thiếu số liệu, và không địa phương nào cùng vùng{region} có số liệu để thay."),
                format!("The value is missing, and no unit of the region{region} has one to take its place."),
            ),
        };
        // Of a median only the one or two in the middle count.
        let taken = match method {
            Imputation::GroupMedian => {
                &values[values.len().saturating_sub(1) / 2..(values.len() / 2 + 1).min(values.len())]
            }
            Imputation::GroupMean | Imputation::None => values,
        };
        let formula = result.filter(|_| (2..=MOST_TERMS).contains(&taken.len())).map(|result| {
            let terms: Vec<String> = taken.iter().map(|&value| operand(pen.value(value))).collect();
            format!("({}) ÷ {} = {}", terms.join(" + "), taken.len(), pen.value(result))
        });
        ExplanationStep::new(StepKind::Imputed, text)
            .with_formula(formula)
            .with_inputs(&[
                ("members", Some(members as f64)),
                ("least", values.first().copied()),
                ("greatest", values.last().copied()),
            ])
            .with_result(result)
    }

    fn treated(
        &self,
        what: Treated,
        before: Option<f64>,
        after: Option<f64>,
        ends: Option<(f64, f64)>,
    ) -> ExplanationStep {
        let pen = self.pen;
        let text = match what {
            Treated::Winsorised { low, high } => {
                let (count, (vi, en)) = (low + high, self.moved(before, after));
                self.say(
                    format!(
                        "Số liệu của chỉ số này có giá trị ngoại lai: {count} giá trị cực biên được thay bằng giá trị liền kề; giá trị của địa phương: {vi}."
                    ),
                    format!(
                        "The indicator's figures have outliers. Extreme values replaced by the next value inward: {count}; the unit's value: {en}."
                    ),
                )
            }
            Treated::Logged => pen
                .lang
                .pick(
                    "Số liệu của chỉ số này có giá trị ngoại lai: lấy lôgarit tự nhiên.",
                    "The indicator's figures have outliers: the natural logarithm is taken.",
                )
                .to_owned(),
            Treated::Failed | Treated::Untouched => pen
                .lang
                .pick(
                    "Số liệu của chỉ số này có giá trị ngoại lai nhưng được giữ nguyên theo phương pháp.",
                    "The indicator's figures have outliers, which the method leaves as they are.",
                )
                .to_owned(),
        };
        let formula = before.zip(after).zip(ends).map(|((before, after), (min, max))| {
            let [min, max] = [min, max].map(|end| operand(pen.value(end)));
            let (factor, before) = (pen.value(0.01), pen.value(before));
            format!("ln({before} − {min} + {factor} × ({max} − {min})) = {}", pen.value(after))
        });
        let (min, max) = ends.unzip();
        let step = ExplanationStep::new(StepKind::Treated, text).with_formula(formula).with_result(after);
        match what {
            Treated::Logged => step.with_inputs(&[("before", before), ("min", min), ("max", max)]),
            Treated::Winsorised { low, high } => {
                step.with_inputs(&[("before", before), ("replaced", Some((low + high) as f64))])
            }
            Treated::Failed | Treated::Untouched => step.with_inputs(&[("before", before)]),
        }
    }

    /// What the treatment made of the unit's own value, in both languages.
    fn moved(&self, before: Option<f64>, after: Option<f64>) -> (String, String) {
        match before.zip(after) {
            Some((before, after)) if before != after => {
                let (before, after) = (self.pen.value(before), self.pen.value(after));
                (format!("từ {before} thành {after}"), format!("from {before} to {after}"))
            }
            Some(_) => ("không đổi".to_owned(), "unchanged".to_owned()),
            None => ("không có".to_owned(), "none".to_owned()),
        }
    }

    fn normalised(
        &self,
        value: Option<f64>,
        sign: f64,
        formula: Formula,
        result: Option<f64>,
    ) -> Option<ExplanationStep> {
        // Without a value or a score there is nothing to write down; the step of what is missing follows.
        let (x, score) = value.zip(result)?;
        let (pen, direction) = (self.pen, self.direction());
        let number = |x: f64| pen.value(x);
        let step = |vi: String, en: String| {
            ExplanationStep::new(StepKind::Normalised, self.say(vi + direction, en + direction))
                .with_result(Some(score))
        };
        Some(match formula {
            Formula::MinMax { low, high, worst, best } => {
                let (worst, best) = worst.zip(best)?;
                let scale = Scale { x, worst, best, scale: high - low, low, log: false };
                let (l, h, w, b) = (number(low), number(high), number(worst), number(best));
                step(
                    format!(
                        "Chuẩn hóa về thang điểm {l}–{h}: giá trị kém nhất trong các địa phương là {w}, tốt nhất là {b}."
                    ),
                    format!(
                        "Normalised to a scale of {l} to {h}: the worst value among the units is {w}, the best {b}."
                    ),
                )
                .with_formula(Some(pen.on_scale(scale, score)))
                .with_inputs(&[
                    ("value", value),
                    ("worst", Some(worst)),
                    ("best", Some(best)),
                    ("low", Some(low)),
                    ("high", Some(high)),
                ])
            }
            Formula::Goalposts { min, max, scale, capped, log, .. } => {
                let (worst, best) = if sign > 0.0 { (min, max) } else { (max, min) };
                let at = if capped { x.clamp(min, max) } else { x };
                let (lower, upper) = (number(min), number(max));
                let (cut_vi, cut_en) = match capped {
                    true => (
                        " Giá trị nằm ngoài hai mốc nên được cắt về mốc gần hơn.",
                        " The value lies outside and is cut to the nearer one.",
                    ),
                    false => ("", ""),
                };
                step(
                    format!("Chuẩn hóa về thang điểm giữa mốc dưới {lower} và mốc trên {upper}.{cut_vi}"),
                    format!(
                        "Normalised to the scale between the lower goalpost {lower} and the upper one {upper}.{cut_en}"
                    ),
                )
                .with_formula(Some(pen.on_scale(Scale { x: at, worst, best, scale, low: 0.0, log }, score)))
                .with_inputs(&[
                    ("value", value),
                    ("at", Some(at)),
                    ("worst", Some(worst)),
                    ("best", Some(best)),
                    ("scale", Some(scale)),
                ])
            }
            Formula::DistanceToTarget { target, scale, capped, worst, .. } => {
                let worst = worst?;
                let (w, t) = (number(worst), number(target));
                let (cut_vi, cut_en) = match capped {
                    true => (
                        " Vượt mục tiêu: điểm bị cắt ở mức tối đa.",
                        " The target is passed: the score is cut to the greatest.",
                    ),
                    false => ("", ""),
                };
                let line = Scale { x, worst, best: target, scale, low: 0.0, log: false };
                let uncut = if capped { (x - worst) / (target - worst) * scale } else { score };
                step(
                    format!("Tỷ lệ đạt được trên khoảng cách từ giá trị kém nhất ({w}) đến mục tiêu ({t}).{cut_vi}"),
                    format!("The share covered of the way from the worst value ({w}) to the target ({t}).{cut_en}"),
                )
                .with_formula(Some(pen.on_scale(line, uncut)))
                .with_inputs(&[
                    ("value", value),
                    ("worst", Some(worst)),
                    ("target", Some(target)),
                    ("scale", Some(scale)),
                ])
            }
            Formula::ZScore { mean, sd, centre, deviation } => {
                let (centre, deviation) = centre.zip(deviation)?;
                let [x, middle] = [x, centre].map(|number| operand(pen.value(number)));
                let way = if sign > 0.0 { format!("{x} − {middle}") } else { format!("{middle} − {x}") };
                let stretch = if sd == 1.0 { String::new() } else { format!(" × {}", number(sd)) };
                let shift = if mean == 0.0 { String::new() } else { format!(" + {}", operand(number(mean))) };
                let spread = number(deviation);
                step(
                    format!("Số độ lệch chuẩn ({spread}) so với trung bình {middle} của các địa phương."),
                    format!("How many standard deviations ({spread}) from the mean {middle} of the units."),
                )
                .with_formula(Some(format!("({way}) ÷ {spread}{stretch}{shift} = {}", pen.score(score))))
                .with_inputs(&[
                    ("value", value),
                    ("mean", Some(centre)),
                    ("deviation", Some(deviation)),
                    ("sign", Some(sign)),
                ])
            }
            Formula::PercentileRank { scale, rank, units } => {
                let rank = rank?;
                step(
                    format!("Thứ hạng tính từ dưới lên: {rank} trong {units} địa phương có giá trị."),
                    format!("Rank from below: {rank} of the {units} units that have a value."),
                )
                .with_formula(Some(format!(
                    "({rank} − 1) ÷ ({units} − 1) × {} = {}",
                    number(scale),
                    pen.score(score)
                )))
                .with_inputs(&[
                    ("rank", Some(rank as f64)),
                    ("units", Some(units as f64)),
                    ("scale", Some(scale)),
                ])
            }
            Formula::Rank { rank, units } => {
                let rank = rank?;
                step(
                    format!("Điểm là thứ hạng tính từ dưới lên: {rank} trong {units} địa phương có giá trị."),
                    format!(
                        "The score is the rank from below: {rank} of the {units} units that have a value."
                    ),
                )
                .with_inputs(&[("rank", Some(rank as f64)), ("units", Some(units as f64))])
            }
        })
    }

    fn aggregated(
        &self,
        how: index::Aggregation,
        children: &[Child],
        (weighted, needed, present): (usize, usize, usize),
        result: Option<f64>,
    ) -> ExplanationStep {
        let mean = self.mean(how);
        let weighty = || children.iter().filter(|child| child.weight > 0.0);
        let parts: Vec<(usize, f64)> =
            weighty().filter_map(|child| Some((child.node, child.score?))).collect();
        let text = if result.is_some() {
            let lacking: Vec<usize> =
                weighty().filter(|child| child.score.is_none()).map(|child| child.node).collect();
            let text = self.say(
                format!("Điểm là {mean} có trọng số của các thành phần có điểm."),
                format!("The score is the weighted {mean} of the parts that have a score."),
            );
            text + &self.parts(&parts) + &self.left_out(&lacking)
        } else {
            let text = self.say(
                format!("Số thành phần có điểm là {present}/{weighted}; cần ít nhất {needed}."),
                format!("{present} of {weighted} parts have a score; at least {needed} are needed."),
            );
            text + &self.parts(&parts)
        };
        let there: Vec<(f64, f64)> =
            weighty().filter_map(|child| Some((child.weight, child.score?))).collect();
        let child = |child: &Child| ExplanationChild {
            node: self.record.node(child.node),
            weight: child.weight,
            share: child.share,
            score: child.score,
            points: child.points,
        };
        ExplanationStep::new(StepKind::Aggregated, text)
            .with_formula(result.and_then(|result| self.pen.mean(how, &there, result)))
            .with_inputs(&[
                ("parts", Some(weighted as f64)),
                ("needed", Some(needed as f64)),
                ("present", Some(present as f64)),
            ])
            .with_children(children.iter().map(child).collect())
            .with_result(result)
    }

    fn ranked(&self, ties: Ties, units: usize, place: Place) -> ExplanationStep {
        let Place { printed, above, scores_above, sharing, rank } = place;
        let (others, place) = (sharing - 1, self.pen.rank(rank));
        let score = self.pen.score(printed);
        let (higher_vi, higher_en) = match above {
            0 => ("không có địa phương nào có điểm cao hơn".to_owned(), "no unit scores higher".to_owned()),
            1 => ("1 địa phương có điểm cao hơn".to_owned(), "1 unit scores higher".to_owned()),
            _ => (format!("{above} địa phương có điểm cao hơn"), format!("{above} units score higher")),
        };
        let (equal_vi, equal_en) = match others {
            0 => ("không có địa phương nào bằng điểm".to_owned(), "no other has the same score".to_owned()),
            1 => ("1 địa phương khác bằng điểm".to_owned(), "1 other has the same score".to_owned()),
            _ => (
                format!("{others} địa phương khác bằng điểm"),
                format!("{others} others have the same score"),
            ),
        };
        let text = self.say(
            format!(
                "Xếp thứ {place}/{units} địa phương có điểm (theo điểm đã làm tròn {score}): {higher_vi}, {equal_vi}."
            ),
            format!(
                "Rank {place} of {units} units with a score (on the rounded score {score}): {higher_en}, {equal_en}."
            ),
        );
        let formula = match ties {
            Ties::Min => Some(format!("{above} + 1 = {place}")),
            Ties::Max => Some(format!("{above} + {sharing} = {place}")),
            // Nobody shares the rank: there is no mean to take.
            Ties::Average if others == 0 => None,
            Ties::Average => Some(format!("{above} + ({sharing} + 1) ÷ 2 = {place}")),
            Ties::Dense => Some(format!("{scores_above} + 1 = {place}")),
        };
        let count = |count: usize| Some(count as f64);
        ExplanationStep::new(StepKind::Ranked, text)
            .with_formula(formula)
            .with_inputs(&[
                ("score", Some(printed)),
                ("above", count(above)),
                ("scoresAbove", count(scores_above)),
                ("sharing", count(sharing)),
                ("units", count(units)),
            ])
            .with_result(Some(rank))
    }

    fn why(&self, why: Missing) -> ExplanationStep {
        let (vi, en) = match why {
            Missing::Value => {
                ("Không có giá trị gốc nên không có điểm.", "There is no raw value, so there is no score.")
            }
            Missing::Denominator => (
                "Mẫu số thiếu hoặc bằng 0 nên không có điểm.",
                "The denominator is missing or 0, so there is no score.",
            ),
            Missing::Members => (
                "Không địa phương nào cùng vùng có giá trị để thay thế.",
                "No unit of the region has a value to take its place.",
            ),
            Missing::Range => (
                "Mọi địa phương có cùng giá trị nên không xếp được điểm.",
                "All units have the same value: nothing tells them apart, so there is no score.",
            ),
            Missing::Logarithm => {
                ("Giá trị không dương thì không có lôgarit.", "A value of 0 or less has no logarithm.")
            }
            Missing::Children => {
                ("Quá ít thành phần có điểm nên không tính được.", "Too few of the parts have a score.")
            }
            Missing::Laid => ("Điểm được bỏ trống.", "The score was left out."),
            Missing::Overflow => (
                "Con số quá lớn hoặc quá nhỏ để tính.",
                "The numbers are too large or too small to compute with.",
            ),
        };
        self.missing(vi, en)
    }
}
