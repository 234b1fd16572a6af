use std::io::Read;

use chrono::{DateTime, Utc};

use super::*;
use crate::lang::Lang;

/// All that a file says.
#[derive(Clone)]
pub(super) struct Export<'a> {
    lang: Lang,
    written: DateTime<Utc>,
    about: &'a [(String, String)],
    units: &'a [Label],
    columns: &'a [ExportColumn],
    matrices: Vec<(Series, &'a [Option<f64>])>,
}

fn outline(export: &Export<'_>) -> Outline {
    Outline {
        lang: export.lang,
        written: export.written,
        about: export.about.to_vec(),
        warnings: Vec::new(),
        columns: export.columns.to_vec(),
        series: export.matrices.iter().map(|(series, _)| *series).collect(),
        units: export.units.len(),
    }
}

fn lines(export: &Export<'_>) -> Vec<Line> {
    let width = export.columns.len();
    let line = |(at, unit): (usize, &Label)| {
        let of_unit = |matrix: &[Option<f64>]| matrix.chunks(width).nth(at).unwrap_or_default().to_vec();
        let figures = export.matrices.iter().map(|(_, matrix)| of_unit(matrix)).collect();
        Line { unit: unit.clone(), figures }
    };
    export.units.iter().enumerate().map(line).collect()
}

/// The whole file, its units in pieces of two.
pub(super) fn write(format: Format, export: &Export<'_>) -> Result<Vec<u8>, Fault> {
    let (outline, lines) = (outline(export), lines(export));
    if format == Format::Xlsx {
        let mut book = Book::begin(outline)?;
        lines.iter().try_for_each(|line| book.line(line))?;
        let mut file = tempfile::tempfile().unwrap();
        book.save(&mut file)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        return Ok(bytes);
    }
    let (mut file, mut bytes) = TextFile::begin(format, outline)?;
    for piece in lines.chunks(2) {
        bytes.extend(file.lines(piece)?);
    }
    bytes.extend(file.end()?);
    Ok(bytes)
}

/// What `dictionary` speaks of, with figures that are hard on whoever writes numbers.
pub(super) struct Sample {
    about: Vec<(String, String)>,
    units: Vec<Label>,
    columns: Vec<ExportColumn>,
    pub(super) values: Vec<Option<f64>>,
    pub(super) scores: Vec<Option<f64>>,
    pub(super) ranks: Vec<Option<f64>>,
}

impl Sample {
    pub(super) fn new() -> Self {
        use ColumnKind::{Aggregate, Denominator, Indicator};
        let label = |code: &str, name: &str| Label { code: code.to_owned(), name: name.to_owned() };
        let column = |code, name, measure: &str, kind| ExportColumn {
            label: label(code, name),
            measure: measure.to_owned(),
            kind,
        };
        let hard = [
            Some(0.1 + 0.2),
            Some(1.234),
            None,
            Some(-0.0),
            Some(f64::MAX),
            Some(5e-324),
            Some(-12.345),
            Some(1.0 / 3.0),
            Some(802_090.0),
            None,
            Some(123.456),
            Some(1e21),
            Some(58.9),
            Some(f64::MIN_POSITIVE),
            Some(-1e-7),
            Some(9_007_199_254_740_993.0),
            Some(0.0),
            Some(47.59),
        ];
        let about = [("Tên", "PII 2025"), ("Mã", "PII"), ("=1+1", "=cmd|' /C calc'!A0")];
        Self {
            about: about.map(|(key, text)| (key.to_owned(), text.to_owned())).to_vec(),
            units: vec![
                label("01", "Thành phố Hà Nội"),
                label("20", "Tỉnh Lạng Sơn"),
                label("79", "Thành phố Hồ Chí Minh"),
            ],
            columns: vec![
                column("PII", "Chỉ số đổi mới sáng tạo cấp địa phương", "điểm", Aggregate),
                column("1", "Thể chế", "điểm", Aggregate),
                column("1.1", "Môi trường chính sách", "điểm", Aggregate),
                column("1.1.1", "=HYPERLINK(\"x\")", "%", Indicator),
                column("1.1.2", "Tên, có \"dấu\"\nvà dòng", "", Indicator),
                column("DAN_SO", "Dân số", "người", Denominator),
            ],
            values: hard.to_vec(),
            scores: hard.iter().rev().copied().collect(),
            ranks: (1..=18).map(|rank| (rank % 5 != 0).then_some(f64::from(rank))).collect(),
        }
    }

    pub(super) fn export(&self, lang: Lang) -> Export<'_> {
        Export {
            lang,
            written: DateTime::from_timestamp(1_750_000_000, 0).unwrap(),
            about: &self.about,
            units: &self.units,
            columns: &self.columns,
            matrices: Series::ENTERED
                .into_iter()
                .chain(Series::COMPUTED)
                .zip([&self.values, &self.scores, &self.ranks, &self.scores, &self.ranks])
                .map(|(series, matrix)| (series, matrix.as_slice()))
                .collect(),
        }
    }

    /// The matrix of a figure that a reading gives.
    fn of(&self, reading: &Reading, figure: Figure) -> Vec<Option<u64>> {
        let mut matrix = vec![None; self.units.len() * self.columns.len()];
        for cell in reading.cells.iter().filter(|cell| cell.figure == figure) {
            matrix[cell.unit * self.columns.len() + cell.column] = cell.value.map(f64::to_bits);
        }
        matrix
    }

    /// The matrix of a figure as it is to be read back.
    fn bits(&self, matrix: &[Option<f64>], figure: Figure) -> Vec<Option<u64>> {
        let kinds = self.columns.iter().cycle().map(|column| column.kind);
        let kept = matrix.iter().zip(kinds).map(|(number, kind)| number.filter(|_| kind.has(figure)));
        kept.map(|number| number.map(f64::to_bits)).collect()
    }
}

const FORMATS: [Format; 3] = [Format::Xlsx, Format::Csv, Format::Json];

#[test]
fn what_is_written_is_read_back_to_the_bit() {
    let sample = Sample::new();
    for (format, lang) in FORMATS.into_iter().flat_map(|format| [(format, Lang::Vi), (format, Lang::En)]) {
        let bytes = write(format, &sample.export(lang)).unwrap();
        let reading = read(&bytes, format, &dictionary(), Figure::Value).unwrap();
        assert_eq!((errors(&reading), unmatched(&reading)), (vec![], vec![]), "{format:?} {lang:?}");
        assert_eq!(reading.units, [HA_NOI, LANG_SON, HCM]);
        let matrices = [&sample.values, &sample.scores, &sample.ranks];
        for (figure, matrix) in FIGURES.into_iter().zip(matrices) {
            assert_eq!(sample.of(&reading, figure), sample.bits(matrix, figure), "{format:?} {figure:?}");
        }
    }
}

#[test]
fn one_figure_alone() {
    let sample = Sample::new();
    let matrices = vec![(Series::ENTERED[1], sample.scores.as_slice())];
    let export = Export { matrices, ..sample.export(Lang::En) };
    for format in FORMATS {
        let reading = read(&write(format, &export).unwrap(), format, &dictionary(), Figure::Value).unwrap();
        assert!(reading.cells.iter().all(|cell| cell.figure == Figure::Score), "{format:?}");
        assert_eq!(sample.of(&reading, Figure::Score), sample.bits(&sample.scores, Figure::Score));
    }
}

#[test]
fn the_same_figures_give_the_same_bytes() {
    let sample = Sample::new();
    for format in FORMATS {
        let once = write(format, &sample.export(Lang::Vi)).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(1_100));
        assert!(write(format, &sample.export(Lang::Vi)).unwrap() == once, "{format:?}");
        assert_eq!(Format::of(&format!("a.{}", format.ending()), &once), Ok(format));
    }
}

#[test]
fn json_in_pieces_is_json_as_a_whole() {
    let bytes = write(Format::Json, &Sample::new().export(Lang::Vi)).unwrap();
    let whole: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(String::from_utf8(bytes).unwrap(), whole.to_string());
}

#[test]
fn a_unit_too_few_is_no_file() {
    let sample = Sample::new();
    let missing = Export { units: &sample.units[1..], ..sample.export(Lang::Vi) };
    let outline = |units| Outline { units, ..outline(&missing) };
    for format in [Format::Csv, Format::Json] {
        let (mut file, _) = TextFile::begin(format, outline(3)).unwrap();
        file.lines(&lines(&missing)).unwrap();
        assert_eq!(file.end(), Err(Fault::NotWritable), "{format:?}");
    }
    let mut book = Book::begin(outline(3)).unwrap();
    lines(&missing).iter().try_for_each(|line| book.line(line)).unwrap();
    assert_eq!(book.save(&mut tempfile::tempfile().unwrap()), Err(Fault::NotWritable));
}

#[test]
fn csv_holds_no_formulas() {
    let sample = Sample::new();
    let text = String::from_utf8(write(Format::Csv, &sample.export(Lang::Vi)).unwrap()).unwrap();
    let lines: Vec<&str> = text.split("\r\n").collect();
    assert_eq!(
        lines[0],
        "\u{feff}Mã địa phương,Địa phương,Mã chỉ số,Chỉ số,Giá trị,Điểm,Hạng,Điểm tính toán,Hạng tính toán"
    );
    assert!(lines[4].starts_with("01,Thành phố Hà Nội,1.1.1,\"'=HYPERLINK(\"\"x\"\")\","));
    assert!(text.contains(",-12.3450,") || text.contains(",-0.0000001,"));
}

#[test]
fn what_does_not_fit_together_is_not_written() {
    let sample = Sample::new();
    let with_values = |values| {
        let mut export = sample.export(Lang::Vi);
        export.matrices[0].1 = values;
        export
    };
    let short = with_values(&sample.values[1..]);
    let none = Export { matrices: Vec::new(), ..sample.export(Lang::Vi) };
    let mut infinite = sample.values.clone();
    infinite[0] = Some(f64::INFINITY);
    let infinite = with_values(&infinite);
    for (format, export) in
        FORMATS.into_iter().flat_map(|format| [&short, &none, &infinite].map(|export| (format, export)))
    {
        assert_eq!(write(format, export), Err(Fault::NotWritable), "{format:?}");
    }
    let columns = vec![sample.columns[3].clone(); Limit::Columns.most()];
    let wide = Export { columns: &columns, ..sample.export(Lang::Vi) };
    assert_eq!(write(Format::Csv, &wide), Err(Fault::TooLarge(Limit::Columns)));
}

#[test]
fn formats_are_told_from_bytes_then_endings() {
    assert_eq!(Format::of("Số liệu.XLSX", b""), Ok(Format::Xlsx));
    assert_eq!(Format::of("a.csv", gate::ZIP), Ok(Format::Xlsx));
    assert_eq!(Format::of("a.tsv", b"unit"), Ok(Format::Csv));
    assert_eq!(Format::of("a.json", b"[]"), Ok(Format::Json));
    for (name, bytes) in [("a.xlsx", gate::COMPOUND_FILE), ("a.xls", b"x"), ("a", b"x"), ("xlsx", b"x")] {
        assert_eq!(Format::of(name, bytes), Err(Fault::Unsupported), "{name}");
    }
}
