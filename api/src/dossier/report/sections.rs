//! The report's sections, in the order of the official form.

use entity::{ModelStatus, ResponseStatus};

use super::sources::Sources;
use super::{Block, Drawn, Listener, Table, tables, words};
use crate::charts::{Axis, Caption, ChartError, History, Label, Picture, Radar, Year};
use crate::dossier::content::{Content, Outcome, Progress, Standing};
use crate::error::Result;
use crate::lang::Lang;

const PICTURE_WIDTH: u32 = 1200;

fn heading(text: &str) -> Block<'static> {
    Block::Heading(text.to_owned())
}

/// A table, or a sentence that there is nothing.
fn table(table: Table<'_>) -> Block<'_> {
    let mut rows = table.rows.peekable();
    match rows.peek() {
        None => Block::Paragraph(format!("{}: không có.", table.title)),
        Some(_) => Block::Table(Table { rows: Box::new(rows), ..table }),
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
    pictures: &[Drawn],
    listener: &mut Listener<'_>,
) -> Result<()> {
    listener(heading("I. KẾT QUẢ THEO TRỤ CỘT"))?;
    listener(Block::Paragraph(format!("Căn cứ {}.", words::plan(&content.plan))))?;
    let all = total(content);
    listener(Block::Paragraph(format!(
        "Kỳ báo cáo có {} nhiệm vụ với {} lượt giao cho cơ quan, đơn vị; {} lượt có báo cáo được duyệt, trong đó {} lượt \
         hoàn thành.",
        content.tasks.len(),
        all.assignments,
        all.reported,
        all.done
    )))?;
    listener(table(tables::pillars(content)))?;
    let Some(standing) = &content.standing else { return Ok(()) };
    listener(Block::Paragraph(goal(content, standing)))?;
    listener(table(tables::standing(standing, sources)))?;
    pictures.iter().try_for_each(|picture| listener(Block::Picture(picture)))
}

/// The pictures of where the province stands.
///
/// # Errors
/// When one cannot be drawn.
pub(in crate::dossier) fn pictures(content: &Content) -> Result<Vec<Drawn>, ChartError> {
    let Some(standing) = &content.standing else { return Ok(Vec::new()) };
    let pictures = [radar(content, standing), history(content, standing)];
    let drawn = |picture: Picture| Ok(Drawn { png: picture.png(PICTURE_WIDTH)?, alt: picture.alt() });
    pictures.into_iter().flatten().map(drawn).collect()
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

pub(super) fn by_organization(content: &Content, listener: &mut Listener<'_>) -> Result<()> {
    listener(heading("II. TÌNH HÌNH THỰC HIỆN NHIỆM VỤ THEO CƠ QUAN, ĐƠN VỊ"))?;
    listener(table(tables::organizations(content)))?;
    let late = tables::open_tasks(content, "Quá hạn", "Nhiệm vụ quá hạn", &[Outcome::Late]);
    listener(table(late))?;
    let not_begun = tables::open_tasks(
        content,
        "Chưa thực hiện",
        "Nhiệm vụ chưa thực hiện hoặc chưa có báo cáo được duyệt",
        &[Outcome::NotBegun, Outcome::Unreported],
    );
    listener(table(not_begun))
}

pub(super) fn data_and_evidence(
    content: &Content,
    sources: &mut Sources,
    listener: &mut Listener<'_>,
) -> Result<()> {
    listener(heading("III. SỐ LIỆU VÀ TÀI LIỆU MINH CHỨNG"))?;
    let asked = content.requests.iter().flat_map(|request| &request.responses);
    let accepted = asked.clone().filter(|response| response.status == ResponseStatus::Accepted).count();
    listener(Block::Paragraph(format!(
        "Đã duyệt {} số liệu. Đã gửi {} văn bản yêu cầu cung cấp minh chứng tới {} lượt cơ quan, đơn vị; {accepted} lượt \
         trả lời được duyệt.",
        content.values.len(),
        content.requests.len(),
        asked.count()
    )))?;
    listener(table(tables::values(content, sources)))?;
    listener(table(tables::evidence(content)))?;
    listener(table(tables::requests(content, sources)))
}

pub(super) fn outreach_and_models(
    content: &Content,
    sources: &mut Sources,
    listener: &mut Listener<'_>,
) -> Result<()> {
    listener(heading("IV. TRUYỀN THÔNG, TẬP HUẤN; MÔ HÌNH TIÊU BIỂU"))?;
    let people: i64 = content.outreach.iter().filter_map(|one| one.people).map(i64::from).sum();
    let commended = content.models.iter().filter(|model| model.status == ModelStatus::Commended).count();
    let places: usize = content.models.iter().map(|model| model.replications.len()).sum();
    listener(Block::Paragraph(format!(
        "Đã tổ chức {} hoạt động truyền thông, tập huấn với {people} lượt người tham gia. Có {} mô hình tiêu biểu được đề \
         xuất hoặc biểu dương trong kỳ, trong đó {commended} mô hình được biểu dương; {places} nơi nhân rộng.",
        content.outreach.len(),
        content.models.len()
    )))?;
    listener(table(tables::outreach(content, sources)))?;
    listener(table(tables::models(content, sources)))
}

pub(super) fn obstacles(content: &Content, sources: &mut Sources, listener: &mut Listener<'_>) -> Result<()> {
    listener(heading("V. KHÓ KHĂN, VƯỚNG MẮC VÀ KIẾN NGHỊ"))?;
    listener(table(tables::obstacles(content, sources)))?;
    listener(table(tables::difficulties(content, sources)))
}

pub(super) fn missing(content: &Content, listener: &mut Listener<'_>) -> Result<()> {
    listener(heading("VI. NỘI DUNG CÒN THIẾU"))?;
    listener(table(tables::missing(content)))
}

pub(super) fn next_steps(content: &Content, listener: &mut Listener<'_>) -> Result<()> {
    listener(heading("VII. PHƯƠNG HƯỚNG, NHIỆM VỤ THỜI GIAN TỚI"))?;
    let all = total(content);
    let open = content
        .requests
        .iter()
        .flat_map(|request| &request.responses)
        .filter(|response| response.status != ResponseStatus::Accepted)
        .count();
    listener(Block::Paragraph(format!(
        "Đôn đốc {} lượt nhiệm vụ quá hạn, {} lượt chưa thực hiện, {} lượt chưa có báo cáo được duyệt và {open} trả lời yêu \
         cầu minh chứng chưa được duyệt.",
        all.late, all.not_begun, all.unreported
    )))?;
    let going_on =
        tables::open_tasks(content, "Đang thực hiện", "Nhiệm vụ đang thực hiện", &[Outcome::InProgress]);
    listener(table(going_on))?;
    listener(Block::Blank)
}
