//! The plan of the provincial People's Committee for 2026 and the following years.

use std::collections::HashMap;

use entity::plan::{Goal, Goals};
use entity::*;
use sea_orm::Set;
use uuid::Uuid;

use super::node;
use crate::error::{Error, Result};
use crate::store::Tx;

/// In the plan's order: the code as printed, and the code in the framework where it differs.
const STRENGTHS: [(&str, Option<&str>); 5] =
    [("5.5.2", Some("5.2.2")), ("6.2.4", None), ("1.2.1", None), ("6.3.2", None), ("1.2.4", None)];
const WEAKNESSES: [(&str, Option<&str>); 5] =
    [("7.2.2", None), ("7.2.4", None), ("7.1.2", None), ("4.1.4", None), ("4.2.2", None)];

const GOALS: [(&str, &str); 4] = [
    (
        "Phấn đấu năm 2026 Chỉ số đổi mới sáng tạo cấp địa phương (PII) tỉnh Lạng Sơn tăng 04 bậc so với năm 2025.",
        "In 2026 the province's PII rises 4 places against 2025.",
    ),
    (
        "Duy trì, cải thiện và nâng cao các điểm mạnh; cải thiện các chỉ số còn thấp thuộc các trụ cột.",
        "Keep, improve and raise the strong points; improve the low indicators of every pillar.",
    ),
    (
        "Các năm tiếp theo tăng dần vị trí xếp hạng, điểm số năm sau cao hơn năm trước; các chỉ số thấp hơn trung bình cả \
         nước thu hẹp khoảng cách, tiến tới đạt hoặc vượt mức trung bình.",
        "In the following years the rank rises step by step and each year's score is above the last; indicators below \
         the national mean narrow the gap, then reach or pass it.",
    ),
    (
        "Các năm tiếp theo, các chỉ số cao hơn trung bình cả nước được duy trì và tiếp tục cải thiện.",
        "In the following years indicators above the national mean are kept and go on improving.",
    ),
];

/// Loads the plan, its strengths and weaknesses, and its first target.
pub(super) async fn plan(tx: &Tx, frameworks: &HashMap<&'static str, Uuid>, lang_son: Uuid) -> Result<()> {
    let framework = *frameworks.get("2025").ok_or_else(|| Error::internal("no framework 2025"))?;
    let goal = |(vi, en): (&str, &str)| Goal { vi: vi.to_owned(), en: en.to_owned() };
    let row = plan::ActiveModel {
        year: Set(2026),
        number: Set(None),
        issued_on: Set(None),
        title_vi: Set("Kế hoạch cải thiện và nâng cao Chỉ số đổi mới sáng tạo cấp địa phương (PII) tỉnh Lạng Sơn năm 2026 \
                       và những năm tiếp theo"
            .to_owned()),
        title_en: Set("Plan to improve and raise Lạng Sơn province's Provincial Innovation Index (PII) in 2026 and the \
                       following years"
            .to_owned()),
        issuer: Set("UBND tỉnh Lạng Sơn".to_owned()),
        signer: Set(Some("Đoàn Thanh Sơn (KT. Chủ tịch, Phó Chủ tịch)".to_owned())),
        framework_id: Set(framework),
        standing_vi: Set("Năm 2025 xếp thứ 29; hai trụ cột cao hơn mức trung bình của cả nước: (1) Thể chế và (6) Sản phẩm \
                          tri thức, sáng tạo và công nghệ."
            .to_owned()),
        standing_en: Set("Rank 29 in 2025; two pillars above the national mean: (1) Institutions and (6) Knowledge, \
                          creative and technology outputs."
            .to_owned()),
        goals: Set(Goals(GOALS.map(goal).into())),
        unit_id: Set(Some(lang_son)),
        base_year: Set(2025),
        base_rank: Set(29),
        rank_goal: Set(25),
        ..Default::default()
    };
    let plan = tx.insert::<plan::Entity>(row).await?;
    let goal = target::ActiveModel {
        unit_id: Set(lang_son),
        year: Set(plan.year),
        node_id: Set(node(tx, framework, "PII").await?.id),
        rank: Set(Some(plan.rank_goal)),
        above_last_year: Set(true),
        note: Set(Some(
            "Theo kế hoạch: tăng 04 bậc so với năm 2025; điểm số năm sau cao hơn năm trước."
                .to_owned()
                .into(),
        )),
        ..Default::default()
    };
    tx.insert::<target::Entity>(goal).await?;
    for (kind, list) in [(FocusKind::Strength, STRENGTHS), (FocusKind::Weakness, WEAKNESSES)] {
        for (position, (printed, stands_as)) in (1..).zip(list) {
            let note =
                stands_as.map(|code| format!("Kế hoạch in mã {printed}; trong khung chỉ số là {code}."));
            let row = plan_focus::ActiveModel {
                plan_id: Set(plan.id),
                kind: Set(kind),
                position: Set(position),
                node_id: Set(node(tx, framework, stands_as.unwrap_or(printed)).await?.id),
                printed_code: Set(printed.to_owned()),
                note: Set(note),
                ..Default::default()
            };
            tx.insert::<plan_focus::Entity>(row).await?;
        }
    }
    Ok(())
}
