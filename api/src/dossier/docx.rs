//! Blocks → a text document in the form of Nghị định 30/2020/NĐ-CP, Phụ lục I: A4, Times New Roman, national heading,
//! number, place and date, recipients and signature.

use std::io::{Cursor, Read, Seek, Write};

use docx_rs::*;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::content::Content;
use super::report::{Block, Cell, Letter, Table as Grid, place_and_date, province, subject};
use crate::error::{Error, Result};

/// Twentieths of a point: A4, and what the margins leave of its width.
const PAGE: (u32, u32) = (11_906, 16_838);
const LEFT: i32 = 1_701;
const RIGHT: i32 = 1_134;
const TEXT_WIDTH: usize = 9_071;
/// Half points.
const BODY: usize = 26;
const SMALL: usize = 20;
/// The two lines of the heading that must each stand on one line, and its two columns.
const NARROW: usize = 23;
const HEAD: [usize; 2] = [3_721, 5_350];
/// English metric units: 15 cm.
const PICTURE_WIDTH: u32 = 5_400_000;
const FONT: &str = "Times New Roman";

/// Paragraphs with ids of their own: docx-rs would number them through the whole process, and the same report would be
/// other bytes each time.
#[derive(Default)]
struct Writer {
    paragraphs: u32,
    pictures: Vec<String>,
}

/// What a document bears beside its blocks.
pub(super) enum Frame {
    /// The report itself: heading, addressee, recipients, signature.
    Report,
    /// An annex of a letter: a title.
    Annex,
}

/// Writes the document.
///
/// # Errors
/// [`Error::Internal`] when it cannot be written.
pub(super) fn write(
    content: &Content,
    letter: &Letter,
    frame: Frame,
    blocks: Vec<Block>,
    file: &mut (impl Write + Seek),
) -> Result<()> {
    let mut writer = Writer::default();
    let made = format!("{}T00:00:00Z", letter.on.unwrap_or(content.as_of));
    let margin = PageMargin {
        top: 1_134,
        left: LEFT,
        bottom: 1_134,
        right: RIGHT,
        header: 567,
        footer: 567,
        gutter: 0,
    };
    let mut docx = Docx::new()
        .created_at(&made)
        .updated_at(&made)
        .page_size(PAGE.0, PAGE.1)
        .page_margin(margin)
        .default_fonts(RunFonts::new().ascii(FONT).hi_ansi(FONT).cs(FONT).east_asia(FONT))
        .default_size(BODY)
        .add_style(heading_style("Heading1", "heading 1", 0))
        .add_style(heading_style("Heading2", "heading 2", 1))
        .title_pg();
    // The first page bears no number; the others bear theirs in the middle of the head (Nghị định 30/2020/NĐ-CP).
    docx = docx.first_header(Header::new().add_paragraph(writer.paragraph()));
    let number = writer.paragraph().align(AlignmentType::Center).add_page_num(PageNum::new());
    docx = docx.header(Header::new().add_paragraph(number));
    docx = match frame {
        Frame::Report => writer.head(docx, content, letter),
        Frame::Annex => writer.title(docx, "PHỤ LỤC", &subject(content)),
    };
    let (body, annexes) = split(blocks);
    for block in body {
        docx = writer.block(docx, block);
    }
    if matches!(frame, Frame::Report) {
        docx = docx.add_table(writer.foot(letter));
    }
    for block in annexes {
        docx = writer.block(docx, block);
    }
    let mut bytes = Cursor::new(Vec::new());
    docx.build().pack(&mut bytes).map_err(Error::internal)?;
    repack(bytes, &writer.pictures, file)
}

/// The signature stands before the annexes.
fn split(mut blocks: Vec<Block>) -> (Vec<Block>, Vec<Block>) {
    let first = blocks.iter().position(|block| matches!(block, Block::Annex(_))).unwrap_or(blocks.len());
    let annexes = blocks.split_off(first);
    (blocks, annexes)
}

fn heading_style(id: &str, name: &str, level: usize) -> Style {
    let spacing = LineSpacing::new().before(240).after(120);
    Style::new(id, StyleType::Paragraph).name(name).size(BODY).bold().outline_lvl(level).line_spacing(spacing)
}

/// The characters that XML 1.0 allows (2.2, Char); nothing else can stand in it, escaped or not.
fn xml(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() && !matches!(c, '\u{FFFE}' | '\u{FFFF}')).collect()
}

fn words(text: &str) -> Run {
    let mut run = Run::new();
    for (at, line) in text.lines().enumerate() {
        if at > 0 {
            run = run.add_break(BreakType::TextWrapping);
        }
        run = run.add_text(xml(line));
    }
    run
}

impl Writer {
    fn paragraph(&mut self) -> Paragraph {
        self.paragraphs += 1;
        Paragraph::new().id(format!("{:08X}", self.paragraphs))
    }

    fn line(&mut self, run: Run, align: AlignmentType) -> Paragraph {
        self.paragraph().align(align).add_run(run)
    }

    fn centred(&mut self, run: Run) -> Paragraph {
        self.line(run, AlignmentType::Center)
    }

    fn head(&mut self, docx: Docx, content: &Content, letter: &Letter) -> Docx {
        let authority = format!("UBND TỈNH {}", province(&content.plan).to_uppercase());
        let number = letter.number.as_deref().unwrap_or("        /BC-SKHCN");
        let on = place_and_date(province(&content.plan), letter.on);
        let left = TableCell::new()
            .width(HEAD[0], WidthType::Dxa)
            .add_paragraph(self.centred(words(&authority).size(NARROW)))
            .add_paragraph(self.centred(words("SỞ KHOA HỌC VÀ CÔNG NGHỆ").bold().size(NARROW)))
            .add_paragraph(self.centred(words("―――――")))
            .add_paragraph(self.centred(words(&format!("Số: {number}"))));
        let right = TableCell::new()
            .width(HEAD[1], WidthType::Dxa)
            .add_paragraph(self.centred(words("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM").bold().size(NARROW)))
            .add_paragraph(self.centred(words("Độc lập - Tự do - Hạnh phúc").bold()))
            .add_paragraph(self.centred(words("――――――――――")))
            .add_paragraph(self.centred(words(&on).italic()));
        let heads = Table::without_borders(vec![TableRow::new(vec![left, right])])
            .set_grid(HEAD.to_vec())
            .margins(TableCellMargins::new().margin(0, 0, 0, 0))
            .layout(TableLayoutType::Fixed);
        let docx = self.title(docx.add_table(heads), "BÁO CÁO", &subject(content));
        let to = format!("Kính gửi: Ủy ban nhân dân tỉnh {}", province(&content.plan));
        docx.add_paragraph(self.centred(words(&to)).line_spacing(LineSpacing::new().before(120).after(240)))
    }

    fn title(&mut self, docx: Docx, title: &str, subject: &str) -> Docx {
        docx.add_paragraph(
            self.centred(words(title).bold().size(28)).line_spacing(LineSpacing::new().before(240).after(60)),
        )
        .add_paragraph(self.centred(words(subject).bold()).line_spacing(LineSpacing::new().after(240)))
    }

    fn foot(&mut self, letter: &Letter) -> Table {
        const RECIPIENTS: [&str; 4] =
            ["- UBND tỉnh;", "- Các sở, ban, ngành;", "- UBND các xã, phường;", "- Lưu: VT."];
        let small = 22;
        let mut left = TableCell::new().width(4_400, WidthType::Dxa).add_paragraph(
            self.line(words("Nơi nhận:").bold().italic().size(24), AlignmentType::Left).keep_next(true),
        );
        for recipient in RECIPIENTS {
            left = left
                .add_paragraph(self.line(words(recipient).size(small), AlignmentType::Left).keep_next(true));
        }
        let title = letter.signer_title.as_deref().unwrap_or("GIÁM ĐỐC").to_uppercase();
        let mut right = TableCell::new()
            .width(4_671, WidthType::Dxa)
            .add_paragraph(self.centred(words(&title).bold()).keep_next(true));
        for _ in 0..4 {
            right = right.add_paragraph(self.paragraph().keep_next(true));
        }
        let name = letter.signer_name.as_deref().unwrap_or("………………………");
        right = right.add_paragraph(self.centred(words(name).bold()));
        Table::without_borders(vec![TableRow::new(vec![left, right])])
            .set_grid(vec![4_400, 4_671])
            .layout(TableLayoutType::Fixed)
    }

    fn block(&mut self, docx: Docx, block: Block) -> Docx {
        let body = || LineSpacing::new().before(60).after(60);
        match block {
            Block::Heading(text) => {
                docx.add_paragraph(self.paragraph().style("Heading1").keep_next(true).add_run(words(&text)))
            }
            Block::Annex(text) => {
                let title = self.paragraph().style("Heading1").page_break_before(true);
                docx.add_paragraph(title.align(AlignmentType::Center).add_run(words(&text)))
            }
            Block::Paragraph(text) => {
                let text = self.line(words(&text), AlignmentType::Both).line_spacing(body());
                docx.add_paragraph(text.indent(None, Some(SpecialIndentType::FirstLine(567)), None, None))
            }
            Block::Note(text) => docx.add_paragraph(
                self.line(words(&text).italic().size(SMALL), AlignmentType::Left).line_spacing(body()),
            ),
            Block::Blank => docx
                .add_paragraph(self.line(words(&"…".repeat(45)), AlignmentType::Left).line_spacing(body())),
            Block::Table(table) => {
                let title = self.paragraph().style("Heading2").keep_next(true).add_run(words(&table.title));
                let after = self.paragraph();
                docx.add_paragraph(title).add_table(self.grid(table)).add_paragraph(after)
            }
            Block::Picture { png, alt } => docx.add_paragraph(self.picture(png, alt)),
        }
    }

    fn picture(&mut self, png: Vec<u8>, alt: String) -> Paragraph {
        // Width and height stand in the first chunk of every PNG (ISO/IEC 15948, 11.2.2).
        let side =
            |at: usize| png.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map(u32::from_be_bytes);
        let (width, height) = (side(16).unwrap_or(1).max(1), side(20).unwrap_or(1));
        let tall = u64::from(PICTURE_WIDTH) * u64::from(height) / u64::from(width);
        self.pictures.push(alt);
        let picture = Pic::new_with_dimensions(png, width, height)
            .id(format!("rIdImage{}", self.pictures.len()))
            .size(PICTURE_WIDTH, u32::try_from(tall).unwrap_or(PICTURE_WIDTH));
        self.centred(Run::new().add_image(picture))
    }

    fn grid(&mut self, table: Grid) -> Table {
        let shares: usize = table.columns.iter().map(|column| column.width).sum();
        let widths: Vec<usize> =
            table.columns.iter().map(|column| TEXT_WIDTH * column.width / shares.max(1)).collect();
        let heads = table.columns.iter().zip(&widths).map(|(column, width)| {
            TableCell::new()
                .width(*width, WidthType::Dxa)
                .shading(Shading::new().fill("E7ECF4"))
                .vertical_align(VAlignType::Center)
                .add_paragraph(self.centred(words(column.title).bold().size(SMALL)))
        });
        // A row that is not split is the head, and nothing else: `repack` makes it stand on every page.
        let mut rows = vec![TableRow::new(heads.collect()).cant_split()];
        for row in table.rows {
            let cells = row.iter().zip(&widths).map(|(cell, width)| {
                let align = match cell {
                    Cell::Count(_) | Cell::Number(..) => AlignmentType::Right,
                    Cell::Date(_) | Cell::Missing => AlignmentType::Center,
                    Cell::Text(_) => AlignmentType::Left,
                };
                TableCell::new()
                    .width(*width, WidthType::Dxa)
                    .add_paragraph(self.line(words(&cell.shown()).size(SMALL), align))
            });
            rows.push(TableRow::new(cells.collect()));
        }
        let margins = TableCellMargins::new().margin(30, 60, 30, 60);
        Table::new(rows).set_grid(widths).layout(TableLayoutType::Fixed).margins(margins)
    }
}

/// Packs the parts anew, compressed and without the time of day, and adds what docx-rs does not write: heads of tables
/// that stand on every page, pictures with ids and words of their own.
fn repack(bytes: Cursor<Vec<u8>>, pictures: &[String], file: &mut (impl Write + Seek)) -> Result<()> {
    let mut parts = ZipArchive::new(bytes).map_err(Error::internal)?;
    let mut packed = ZipWriter::new(file);
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(zip::DateTime::default());
    for at in 0..parts.len() {
        let mut part = parts.by_index(at).map_err(Error::internal)?;
        if part.is_dir() {
            continue;
        }
        let name = part.name().map_err(Error::internal)?.into_owned();
        let mut content = Vec::new();
        part.read_to_end(&mut content).map_err(Error::internal)?;
        if name == "word/document.xml" {
            content = finished(String::from_utf8(content).map_err(Error::internal)?, pictures).into_bytes();
        }
        packed.start_file(name, options).map_err(Error::internal)?;
        packed.write_all(&content).map_err(Error::internal)?;
    }
    packed.finish().map_err(Error::internal)?;
    Ok(())
}

fn finished(document: String, pictures: &[String]) -> String {
    const PICTURE: &str = r#"<wp:docPr id="1" name="Figure" />"#;
    let document = document.replace("<w:cantSplit />", "<w:cantSplit /><w:tblHeader />");
    let mut parts = document.split(PICTURE);
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for (number, part) in (1..).zip(parts) {
        let alt = pictures.get(number - 1).map(String::as_str).unwrap_or_default();
        let alt = xml(alt);
        let alt = quick_xml::escape::escape(&alt);
        whole.push_str(&format!(r#"<wp:docPr id="{number}" name="Hình {number}" descr="{alt}" />"#));
        whole.push_str(part);
    }
    whole
}
