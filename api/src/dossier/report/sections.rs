//! The report's sections, in the order of the official form.

use entity::{ModelStatus, ResponseStatus};

use super::sources::Sources;
use super::{Block, Table, tables, words};
use crate::charts::{Axis, Caption, ChartError, History, Label, Picture, Radar, Year};
use crate::dossier::content::{Content, Outcome, Progress, Standing};
use crate::lang::Lang;

const PICTURE_WIDTH: u32 = 1200;

fn heading(text: &str) -> Block {
    Block::Heading(text.to_owned())
}

/// A table, or a sentence that there is nothing.
fn table(table: Table) -> Block {
    match table.rows.is_empty() {
        true => Block::Paragraph(format!("{}: không có.", table.title)),
        false => Block::Table(table),
    }
}

fn total(content: &Content) -> Progress {
    let mut all = Progress::default();
    content.tasks.iter().flat_map(|task| &task.assignments).for_each(|assignment| all.add(assignment));
    all
}

pub(super) fn by_pillar(
    content: &Content,
    sources: &mut Sources,
    blocks: &mut Vec<Block>,
) -> Result<(), ChartError> {
    blocks.push(heading("I. KẾT QUẢ THEO TRỤ CỘT"));
    blocks.push(Block::Paragraph(format!("Căn cứ {}.", words::plan(&content.plan))));
    let all = total(content);
    blocks.push(Block::Paragraph(format!(
        "Kỳ báo cáo có {} nhiệm vụ với {} lượt giao cho cơ quan, đơn vị; {} lượt có báo cáo được duyệt, trong đó {} lượt \
         hoàn thành.",
        content.tasks.len(),
        all.assignments,
        all.reported,
        all.done
    )));
    blocks.push(table(tables::pillars(content)));
    let Some(standing) = &content.standing else { return Ok(()) };
    blocks.push(Block::Paragraph(goal(content, standing)));
    blocks.push(table(tables::standing(standing, sources)));
    let pictures = [radar(content, standing), history(content, standing)];
    for picture in pictures.into_iter().flatten() {
        blocks.push(Block::Picture { png: picture.png(PICTURE_WIDTH)?, alt: picture.alt() });
    }
    Ok(())
}

/// Where the province stands and where it wants to be.
fn goal(content: &Content, standing: &Standing) -> String {
    let plan = &content.plan;
    let mark = if standing.synthetic { "SỐ LIỆU GIẢ LẬP. " } else { "" };
    let of = standing.unit_count.map(|count| format!("/{count}")).unwrap_or_default();
    let rank = standing.rank.map_or_else(|| "chưa có".to_owned(), |rank| format!("{rank}{of}"));
    let score = standing.score.map_or_else(|| "chưa có".to_owned(), |score| Lang::Vi.number(score, 2));
    format!(
        "{mark}Theo kết quả công bố gần nhất (năm {}), tỉnh {} xếp hạng {rank}, điểm PII {score}. Mục tiêu năm {}: xếp \
         hạng {} (năm {}: {}).",
        standing.year,
        words::province(plan),
        plan.year,
        plan.rank_goal,
        plan.base_year,
        plan.base_rank
    )
}

fn caption(title: String, standing: &Standing) -> Caption {
    let subtitle = Some("Nguồn: kết quả đã công bố của Bộ Khoa học và Công nghệ".to_owned());
    Caption { title, subtitle, synthetic: standing.synthetic, lang: Lang::Vi }
}

fn radar(content: &Content, standing: &Standing) -> Option<Picture> {
    let axes: Vec<Axis> = standing
        .pillars
        .iter()
        .map(|pillar| Axis {
            label: Label::new(&pillar.code, &pillar.name_vi),
            unit: pillar.score,
            mean: pillar.mean,
            best: pillar.best,
        })
        .collect();
    let title = format!("Điểm các trụ cột năm {} so với trung bình cả nước", standing.year);
    let caption = caption(title, standing);
    let unit = words::province(&content.plan).to_owned();
    // A picture of nothing tells nothing.
    let is_shown = axes.len() >= 3 && axes.iter().any(|axis| axis.unit.is_some());
    is_shown.then_some(Picture::Radar(Radar { caption, unit, axes }))
}

fn history(content: &Content, standing: &Standing) -> Option<Picture> {
    let years: Vec<Year> = standing
        .history
        .iter()
        .map(|year| Year {
            year: year.year,
            score: year.score,
            rank: year.rank.and_then(|rank| u32::try_from(rank).ok()),
            comparable: year.comparable,
        })
        .collect();
    let caption = caption("Điểm và thứ hạng PII qua các năm".to_owned(), standing);
    let unit = words::province(&content.plan).to_owned();
    years.iter().any(|year| year.score.is_some()).then_some(Picture::History(History {
        caption,
        unit,
        years,
    }))
}

pub(super) fn by_organization(content: &Content, blocks: &mut Vec<Block>) {
    blocks.push(heading("II. TÌNH HÌNH THỰC HIỆN NHIỆM VỤ THEO CƠ QUAN, ĐƠN VỊ"));
    blocks.push(table(tables::organizations(content)));
    let late = tables::open_tasks(content, "Quá hạn", "Nhiệm vụ quá hạn", &[Outcome::Late]);
    blocks.push(table(late));
    let not_begun = tables::open_tasks(
        content,
        "Chưa thực hiện",
        "Nhiệm vụ chưa thực hiện hoặc chưa có báo cáo được duyệt",
        &[Outcome::NotBegun, Outcome::Unreported],
    );
    blocks.push(table(not_begun));
}

pub(super) fn data_and_evidence(content: &Content, sources: &mut Sources, blocks: &mut Vec<Block>) {
    blocks.push(heading("III. SỐ LIỆU VÀ TÀI LIỆU MINH CHỨNG"));
    let asked = content.requests.iter().flat_map(|request| &request.responses);
    let accepted = asked.clone().filter(|response| response.status == ResponseStatus::Accepted).count();
    blocks.push(Block::Paragraph(format!(
        "Đã duyệt {} số liệu. Đã gửi {} văn bản yêu cầu cung cấp minh chứng tới {} lượt cơ quan, đơn vị; {accepted} lượt \
         trả lời được duyệt.",
        content.values.len(),
        content.requests.len(),
        asked.count()
    )));
    blocks.push(table(tables::values(content, sources)));
    blocks.push(table(tables::evidence(content)));
    blocks.push(table(tables::requests(content, sources)));
}

pub(super) fn outreach_and_models(content: &Content, sources: &mut Sources, blocks: &mut Vec<Block>) {
    blocks.push(heading("IV. TRUYỀN THÔNG, TẬP HUẤN; MÔ HÌNH TIÊU BIỂU"));
    let people: i64 = content.outreach.iter().filter_map(|one| one.people).map(i64::from).sum();
    let commended = content.models.iter().filter(|model| model.status == ModelStatus::Commended).count();
    let places: usize = content.models.iter().map(|model| model.replications.len()).sum();
    blocks.push(Block::Paragraph(format!(
        "Đã tổ chức {} hoạt động truyền thông, tập huấn với {people} lượt người tham gia. Có {} mô hình tiêu biểu được đề \
         xuất hoặc biểu dương trong kỳ, trong đó {commended} mô hình được biểu dương; {places} nơi nhân rộng.",
        content.outreach.len(),
        content.models.len()
    )));
    blocks.push(table(tables::outreach(content, sources)));
    blocks.push(table(tables::models(content, sources)));
}

pub(super) fn obstacles(content: &Content, sources: &mut Sources, blocks: &mut Vec<Block>) {
    blocks.push(heading("V. KHÓ KHĂN, VƯỚNG MẮC VÀ KIẾN NGHỊ"));
    blocks.push(table(tables::obstacles(content, sources)));
    blocks.push(table(tables::difficulties(content, sources)));
}

pub(super) fn missing(content: &Content, blocks: &mut Vec<Block>) {
    blocks.push(heading("VI. NỘI DUNG CÒN THIẾU"));
    blocks.push(table(tables::missing(content)));
}

pub(super) fn next_steps(content: &Content, blocks: &mut Vec<Block>) {
    blocks.push(heading("VII. PHƯƠNG HƯỚNG, NHIỆM VỤ THỜI GIAN TỚI"));
    let all = total(content);
    let open = content
        .requests
        .iter()
        .flat_map(|request| &request.responses)
        .filter(|response| response.status != ResponseStatus::Accepted)
        .count();
    blocks.push(Block::Paragraph(format!(
        "Đôn đốc {} lượt nhiệm vụ quá hạn, {} lượt chưa thực hiện, {} lượt chưa có báo cáo được duyệt và {open} trả lời yêu \
         cầu minh chứng chưa được duyệt.",
        all.late, all.not_begun, all.unreported
    )));
    let going_on =
        tables::open_tasks(content, "Đang thực hiện", "Nhiệm vụ đang thực hiện", &[Outcome::InProgress]);
    blocks.push(table(going_on));
    blocks.push(Block::Blank);
}
