//! An explanation of what the engine computed: its steps in words.

use index::explain::{Child, Formula, Missing, Place, Step, explain};
use index::{Imputation, Ties, Treated};

use super::super::refused;
use super::numbers::{Scale, operand};
use super::{ExplanationChild, ExplanationStep, Outcome, Question, StepKind};
use crate::error::Result;
use crate::scoring::Basis;

impl Question<'_> {
    /// The engine's steps.
    pub(super) fn computed(&self, basis: &Basis, row: usize) -> Result<Outcome> {
        let explanation = explain(&basis.framework, &basis.computed, self.place, row);
        let explanation = explanation.map_err(|error| refused(error, "node"))?;
        let mut steps: Vec<ExplanationStep> =
            explanation.steps.iter().filter_map(|step| self.step(step)).collect();
        steps.extend(explanation.missing.map(|why| self.why(why)));
        steps.extend(self.beside_published(explanation.score));
        Ok(Outcome { steps, score: explanation.score })
    }

    fn step(&self, step: &Step) -> Option<ExplanationStep> {
        Some(match *step {
            Step::Raw { value } => self.raw(value),
            Step::Denominated { value, by, result } => self.denominated(value, by, result),
            Step::Imputed { method, members, result } => self.imputed(method, members, result),
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
        let text = self.pen.lang.pick("Chia cho mẫu số.", "Divided by its denominator.");
        let numbers = value.zip(by).zip(result).map(|((value, by), result)| {
            let by = operand(self.pen.value(by));
            format!("{} ÷ {by} = {}", self.pen.value(value), self.pen.value(result))
        });
        ExplanationStep::new(StepKind::Denominated, text.to_owned())
            .with_formula(numbers)
            .with_inputs(&[("value", value), ("denominator", by)])
            .with_result(result)
    }

    fn imputed(&self, method: Imputation, members: usize, result: Option<f64>) -> ExplanationStep {
        let (vi, en) = match method {
            Imputation::GroupMedian => ("trung vị", "median"),
            Imputation::GroupMean | Imputation::None => ("trung bình", "mean"),
        };
        let text = self.say(
            format!("Thiếu giá trị: lấy {vi} của các địa phương cùng vùng có giá trị. Số địa phương: {members}."),
            format!(
                "The value is missing: the {en} of the units of the region that have one is taken. Units: {members}."
            ),
        );
        ExplanationStep::new(StepKind::Imputed, text)
            .with_inputs(&[("members", Some(members as f64))])
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
                let count = low + high;
                self.say(
                    format!(
                        "Cột số liệu có giá trị ngoại lai: các giá trị ở đầu mút được kéo về giá trị kế bên. Số giá trị: {count}."
                    ),
                    format!(
                        "The column has outliers: values at its ends were moved to the next value inward. How many: {count}."
                    ),
                )
            }
            Treated::Logged => pen
                .lang
                .pick(
                    "Cột số liệu có giá trị ngoại lai: lấy lôgarit tự nhiên.",
                    "The column has outliers: the natural logarithm is taken.",
                )
                .to_owned(),
            Treated::Failed | Treated::Untouched => pen
                .lang
                .pick(
                    "Cột số liệu có giá trị ngoại lai nhưng được giữ nguyên theo phương pháp.",
                    "The column has outliers, which the method leaves as they are.",
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
        if what == Treated::Logged {
            step.with_inputs(&[("before", before), ("min", min), ("max", max)])
        } else {
            step.with_inputs(&[("before", before)])
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
                        "Quy về thang {l}–{h}: giá trị kém nhất trong các địa phương là {w}, tốt nhất là {b}."
                    ),
                    format!(
                        "Put on a scale of {l} to {h}: the worst value among the units is {w}, the best {b}."
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
                let (w, b) = (number(worst), number(best));
                let (cut_vi, cut_en) = match capped {
                    true => (
                        " Giá trị ngoài hai mốc được cắt về mốc.",
                        " The value lies outside and is cut to the nearer one.",
                    ),
                    false => ("", ""),
                };
                step(
                    format!("Quy về thang điểm giữa mốc kém {w} và mốc tốt {b}.{cut_vi}"),
                    format!(
                        "Put on the scale between the worse goalpost {w} and the better one {b}.{cut_en}"
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
                    format!("Phần quãng đường đã đi từ giá trị kém nhất {w} đến mục tiêu {t}.{cut_vi}"),
                    format!("The part of the way from the worst value {w} to the target {t}.{cut_en}"),
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
        let mut text = if result.is_some() {
            self.say(
                format!("Điểm là {mean} của các thành phần có điểm, theo trọng số. Số thành phần có điểm: {present}."),
                format!("The score is the {mean} of the parts with a score, by their weights. Parts with a score: {present}."),
            )
        } else {
            self.say(
                format!("Số thành phần có điểm: {present} trong {weighted}; cần ít nhất {needed}."),
                format!("Parts with a score: {present} of {weighted}; at least {needed} are needed."),
            )
        };
        if present < weighted && result.is_some() {
            let lacking = weighted - present;
            text += &self.say(
                format!(
                    " Số thành phần bị bỏ qua vì chưa có điểm, trọng số chia lại cho phần còn lại: {lacking}."
                ),
                format!(
                    " Parts left out for want of a score, so that the others share their weight: {lacking}."
                ),
            );
        }
        let there = children.iter().filter(|child| child.weight > 0.0);
        let there: Vec<(f64, f64)> = there.filter_map(|child| Some((child.weight, child.score?))).collect();
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
        let text = self.say(
            format!(
                "Hạng {place} trong {units} địa phương có điểm, theo điểm làm tròn {score}. Số địa phương cao hơn: {above}; số địa phương khác bằng điểm: {others}."
            ),
            format!(
                "Rank {place} of {units} units with a score, on the rounded score {score}. Units above: {above}; others with the same score: {others}."
            ),
        );
        let formula = match ties {
            Ties::Min => format!("{above} + 1 = {place}"),
            Ties::Max => format!("{above} + {sharing} = {place}"),
            Ties::Average => format!("{above} + ({sharing} + 1) ÷ 2 = {place}"),
            Ties::Dense => format!("{scores_above} + 1 = {place}"),
        };
        let count = |count: usize| Some(count as f64);
        ExplanationStep::new(StepKind::Ranked, text)
            .with_formula(Some(formula))
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
