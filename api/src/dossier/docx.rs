//! Blocks → a text document in the form of Nghị định 30/2020/NĐ-CP, Phụ lục I: A4, Times New Roman, national heading,
//! number, place and date, recipients and signature.

use std::io::{self, Cursor, Seek, Write};

use docx_rs::*;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::content::Content;
use super::report::{
    Block, Cell, Drawn, Letter, Table as Grid, pictures, place_and_date, province, subject, tell, tell_annex,
};
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

/// What a document is.
pub(super) enum Frame {
    /// The report itself: heading, addressee, recipients, signature.
    Report,
    /// An annex of a letter: a title.
    Annex,
}

/// Writes the document: its text goes into the package element by element, as it is told.
///
/// # Errors
/// [`Error::Internal`] when it cannot be written.
pub(super) fn write(
    content: &Content,
    letter: &Letter,
    frame: Frame,
    file: &mut (impl Write + Seek),
) -> Result<()> {
    let pictures = match frame {
        Frame::Report => pictures(content).map_err(Error::internal)?,
        Frame::Annex => Vec::new(),
    };
    let mut paragraphs = Paragraphs::default();
    let mut parts = package(content, letter, &pictures, &mut paragraphs)?;
    let mut packed = ZipWriter::new(file);
    // Without the time of day: the same dossier gives the same bytes.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(zip::DateTime::default());
    for at in 0..parts.len() {
        let mut part = parts.by_index(at).map_err(Error::internal)?;
        if part.is_dir() {
            continue;
        }
        let name = part.name().map_err(Error::internal)?.into_owned();
        let is_text = name == "word/document.xml";
        packed.start_file(name, options).map_err(Error::internal)?;
        if is_text {
            let (begin, end) = around_the_text(&io::read_to_string(part).map_err(Error::internal)?)?;
            let mut writer = Writer { file: &mut packed, paragraphs: &mut paragraphs, pictures: 0 };
            writer.text(&begin)?;
            match frame {
                Frame::Report => writer.report(content, letter, &pictures)?,
                Frame::Annex => writer.annex(content, letter)?,
            }
            writer.text(&end)?;
        } else {
            io::copy(&mut part, &mut packed).map_err(Error::internal)?;
        }
    }
    packed.finish().map_err(Error::internal)?;
    Ok(())
}

/// The parts of a document that holds nothing but the pictures: whatever is beside its text.
fn package(
    content: &Content,
    letter: &Letter,
    pictures: &[Drawn],
    paragraphs: &mut Paragraphs,
) -> Result<ZipArchive<Cursor<Vec<u8>>>> {
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
    let number = paragraphs.next().align(AlignmentType::Center).add_page_num(PageNum::new());
    let mut docx = Docx::new()
        .created_at(&made)
        .updated_at(&made)
        .page_size(PAGE.0, PAGE.1)
        .page_margin(margin)
        .default_fonts(RunFonts::new().ascii(FONT).hi_ansi(FONT).cs(FONT).east_asia(FONT))
        .default_size(BODY)
        .add_style(heading_style("Heading1", "heading 1", 0))
        .add_style(heading_style("Heading2", "heading 2", 1))
        .title_pg()
        // The first page bears no number; the others bear theirs in the middle of the head (Nghị định 30/2020/NĐ-CP).
        .first_header(Header::new().add_paragraph(paragraphs.next()))
        .header(Header::new().add_paragraph(number));
    for (picture, number) in pictures.iter().zip(1..) {
        docx = docx.add_paragraph(paragraphs.next().add_run(Run::new().add_image(shown(picture, number))));
    }
    let mut bytes = Cursor::new(Vec::new());
    docx.build().pack(&mut bytes).map_err(Error::internal)?;
    ZipArchive::new(bytes).map_err(Error::internal)
}

/// What stands before and behind the text of a document.
fn around_the_text(document: &str) -> Result<(String, String)> {
    const BODY: &str = "<w:body>";
    const PAGES: &str = "<w:sectPr";
    let unlike = || Error::internal("docx-rs writes a body and its pages");
    let begin = document.find(BODY).map(|at| at + BODY.len()).ok_or_else(unlike)?;
    let end = document.rfind(PAGES).ok_or_else(unlike)?;
    Ok((document[..begin].to_owned(), document[end..].to_owned()))
}

/// A picture as wide as it is shown, under the id by which the package knows it.
fn shown(picture: &Drawn, number: usize) -> Pic {
    // Width and height stand in the first chunk of every PNG (ISO/IEC 15948, 11.2.2).
    let side =
        |at: usize| picture.png.get(at..at + 4).and_then(|side| side.try_into().ok()).map(u32::from_be_bytes);
    let (width, height) = (side(16).unwrap_or(1).max(1), side(20).unwrap_or(1));
    let tall = u64::from(PICTURE_WIDTH) * u64::from(height) / u64::from(width);
    Pic::new_with_dimensions(picture.png.clone(), width, height)
        .id(format!("rIdImage{number}"))
        .size(PICTURE_WIDTH, u32::try_from(tall).unwrap_or(PICTURE_WIDTH))
}

fn heading_style(id: &str, name: &str, level: usize) -> Style {
    let spacing = LineSpacing::new().before(240).after(120);
    Style::new(id, StyleType::Paragraph).name(name).size(BODY).bold().outline_lvl(level).line_spacing(spacing)
}

/// The characters that XML 1.0 allows (2.2, Char); nothing else can stand in it, escaped or not.
fn xml_text(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() && !matches!(c, '\u{FFFE}' | '\u{FFFF}')).collect()
}

fn words(text: &str) -> Run {
    let mut run = Run::new();
    for (at, line) in text.lines().enumerate() {
        if at > 0 {
            run = run.add_break(BreakType::TextWrapping);
        }
        run = run.add_text(xml_text(line));
    }
    run
}

/// Paragraphs with ids of their own: docx-rs would number them through the whole process, and the same report would be
/// other bytes each time.
#[derive(Default)]
struct Paragraphs(u32);

impl Paragraphs {
    fn next(&mut self) -> Paragraph {
        self.0 += 1;
        Paragraph::new().id(format!("{:08X}", self.0))
    }
}

/// Writes the text of a document, an element at a time.
struct Writer<'f, W> {
    file: &'f mut W,
    paragraphs: &'f mut Paragraphs,
    pictures: usize,
}

impl<W: Write> Writer<'_, W> {
    fn text(&mut self, xml: &str) -> Result<()> {
        self.file.write_all(xml.as_bytes()).map_err(Error::internal)
    }

    fn put(&mut self, element: &impl BuildXML) -> Result<()> {
        self.file.write_all(&element.build()).map_err(Error::internal)
    }

    fn report(&mut self, content: &Content, letter: &Letter, pictures: &[Drawn]) -> Result<()> {
        self.head(content, letter)?;
        // The signature stands before the annexes.
        let mut is_signed = false;
        tell(content, letter, pictures, &mut |block| {
            if matches!(block, Block::Annex(_)) && !is_signed {
                is_signed = true;
                self.foot(letter)?;
            }
            self.block(block)
        })
    }

    fn annex(&mut self, content: &Content, letter: &Letter) -> Result<()> {
        self.title("PHỤ LỤC", &subject(content))?;
        tell_annex(content, letter, &mut |block| self.block(block))
    }

    fn line(&mut self, run: Run, align: AlignmentType) -> Paragraph {
        self.paragraphs.next().align(align).add_run(run)
    }

    fn centred(&mut self, run: Run) -> Paragraph {
        self.line(run, AlignmentType::Center)
    }

    fn head(&mut self, content: &Content, letter: &Letter) -> Result<()> {
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
        self.put(&heads)?;
        self.title("BÁO CÁO", &subject(content))?;
        let to = format!("Kính gửi: Ủy ban nhân dân tỉnh {}", province(&content.plan));
        let to = self.centred(words(&to)).line_spacing(LineSpacing::new().before(120).after(240));
        self.put(&to)
    }

    fn title(&mut self, title: &str, subject: &str) -> Result<()> {
        let title = self.centred(words(title).bold().size(28));
        self.put(&title.line_spacing(LineSpacing::new().before(240).after(60)))?;
        let subject = self.centred(words(subject).bold());
        self.put(&subject.line_spacing(LineSpacing::new().after(240)))
    }

    fn foot(&mut self, letter: &Letter) -> Result<()> {
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
            right = right.add_paragraph(self.paragraphs.next().keep_next(true));
        }
        let name = letter.signer_name.as_deref().unwrap_or("………………………");
        right = right.add_paragraph(self.centred(words(name).bold()));
        let feet = Table::without_borders(vec![TableRow::new(vec![left, right])])
            .set_grid(vec![4_400, 4_671])
            .layout(TableLayoutType::Fixed);
        self.put(&feet)
    }

    fn block(&mut self, block: Block<'_>) -> Result<()> {
        let body = || LineSpacing::new().before(60).after(60);
        let paragraph = match block {
            Block::Heading(text) => {
                self.paragraphs.next().style("Heading1").keep_next(true).add_run(words(&text))
            }
            Block::Annex(text) => {
                let title = self.paragraphs.next().style("Heading1").page_break_before(true);
                title.align(AlignmentType::Center).add_run(words(&text))
            }
            Block::Paragraph(text) => {
                let text = self.line(words(&text), AlignmentType::Both).line_spacing(body());
                text.indent(None, Some(SpecialIndentType::FirstLine(567)), None, None)
            }
            Block::Note(text) => {
                self.line(words(&text).italic().size(SMALL), AlignmentType::Left).line_spacing(body())
            }
            Block::Blank => self.line(words(&"…".repeat(45)), AlignmentType::Left).line_spacing(body()),
            Block::Table(table) => return self.table(table),
            Block::Picture(picture) => return self.picture(picture),
        };
        self.put(&paragraph)
    }

    /// With an id and words of its own, which docx-rs does not write.
    fn picture(&mut self, picture: &Drawn) -> Result<()> {
        const NAMELESS: &str = r#"<wp:docPr id="1" name="Figure" />"#;
        self.pictures += 1;
        let number = self.pictures;
        let paragraph = self.centred(Run::new().add_image(shown(picture, number)));
        let xml = String::from_utf8(paragraph.build()).map_err(Error::internal)?;
        let alt = xml_text(&picture.alt);
        let alt = quick_xml::escape::escape(&alt);
        self.text(
            &xml.replace(
                NAMELESS,
                &format!(r#"<wp:docPr id="{number}" name="Hình {number}" descr="{alt}" />"#),
            ),
        )
    }

    fn table(&mut self, table: Grid<'_>) -> Result<()> {
        const END: &str = "</w:tbl>";
        let title = self.paragraphs.next().style("Heading2").keep_next(true).add_run(words(&table.title));
        self.put(&title)?;
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
        let head = Table::new(vec![TableRow::new(heads.collect()).cant_split()])
            .set_grid(widths.clone())
            .layout(TableLayoutType::Fixed)
            .margins(TableCellMargins::new().margin(30, 60, 30, 60));
        let head = String::from_utf8(head.build()).map_err(Error::internal)?;
        // docx-rs knows no heads that stand on every page.
        let head = head.replace("<w:cantSplit />", "<w:cantSplit /><w:tblHeader />");
        self.text(head.strip_suffix(END).ok_or_else(|| Error::internal("docx-rs ends a table"))?)?;
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
            let row = TableRow::new(cells.collect());
            self.put(&row)?;
        }
        self.text(END)?;
        let after = self.paragraphs.next();
        self.put(&after)
    }
}
