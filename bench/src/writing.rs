//! Tables put into a file, in the place of those that are there.

use std::path::Path;

use crate::Result;

/// A place in a file, between `<!-- MARK -->` and `<!-- /MARK -->`.
#[derive(Debug)]
pub struct Place<'a> {
    file: &'a Path,
    mark: &'static str,
}

impl<'a> Place<'a> {
    /// The place, which must be there.
    pub fn find(file: &'a Path, mark: &'static str) -> Result<Self> {
        let place = Self { file, mark };
        place.with("").map(|_| place)
    }

    /// Puts `text` there.
    pub fn write(&self, text: &str) -> Result<()> {
        Ok(std::fs::write(self.file, self.with(text)?)?)
    }

    fn with(&self, text: &str) -> Result<String> {
        let whole = std::fs::read_to_string(self.file)?;
        let missing = || format!("{}: no <!-- {} --> with its end", self.file.display(), self.mark).into();
        replaced(&whole, self.mark, text).ok_or_else(missing)
    }
}

/// `whole` with `text` between the marks, each of which stands on a line of its own.
fn replaced(whole: &str, mark: &str, text: &str) -> Option<String> {
    let [begin, end] = [format!("<!-- {mark} -->\n"), format!("<!-- /{mark} -->")];
    let (before, rest) = whole.split_once(&begin)?;
    let (_, after) = rest.split_once(&end)?;
    Some(format!("{before}{begin}{}\n{end}{after}", text.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "Above\n<!-- bench -->\nold\n\n| old |\n<!-- /bench -->\n\nBetween\n\
                         <!-- growth -->\n<!-- /growth -->\nBelow\n";

    #[test]
    fn only_what_is_between_the_marks_is_replaced() {
        let bench = replaced(WHOLE, "bench", "new\n\n| new |\n").unwrap();
        assert_eq!(
            bench,
            "Above\n<!-- bench -->\nnew\n\n| new |\n<!-- /bench -->\n\nBetween\n\
             <!-- growth -->\n<!-- /growth -->\nBelow\n"
        );
        let both = replaced(&bench, "growth", "grown").unwrap();
        assert!(both.contains("<!-- growth -->\ngrown\n<!-- /growth -->\nBelow\n"), "{both}");
        assert!(both.contains("| new |"), "{both}");
    }

    #[test]
    fn writing_twice_is_writing_once() {
        let once = replaced(WHOLE, "bench", "new").unwrap();
        assert_eq!(replaced(&once, "bench", "new").unwrap(), once);
    }

    #[test]
    fn without_both_marks_in_order_nothing_is_written() {
        for whole in ["", "<!-- bench -->\n", "<!-- /bench -->", "<!-- /bench -->\n<!-- bench -->\n"] {
            assert_eq!(replaced(whole, "bench", "new"), None, "{whole}");
        }
    }

    #[test]
    fn a_file_is_written_only_where_it_has_the_place() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("README.md");
        std::fs::write(&file, WHOLE).unwrap();
        Place::find(&file, "bench").unwrap().write("new\n").unwrap();
        assert_eq!(Some(std::fs::read_to_string(&file).unwrap()), replaced(WHOLE, "bench", "new"));
        let error = Place::find(&file, "other").unwrap_err().to_string();
        assert!(error.ends_with("README.md: no <!-- other --> with its end"), "{error}");
    }
}
