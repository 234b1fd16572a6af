//! The text of a document, looked at before it is parsed: a parser is no place to find out how deep it is nested.

use super::refuse;
use crate::error::Error;

/// Most open brackets at once in the text, so that no parser runs out of stack.
const MOST_NESTING: u32 = 60;
/// Most tokens in the text.
const MOST_TOKENS: u32 = 10_000;
/// Longest name: one is repeated in every row of the answer.
const LONGEST_NAME: u32 = 100;

/// Refuses a text that is nested too deep or has too many tokens, before it is parsed.
///
/// # Errors
/// [`Code::QueryTooComplex`].
pub(super) fn check_text(text: &str) -> Result<(), Error> {
    let (mut nesting, mut tokens, mut letters) = (0_u32, 0_u32, 0_u32);
    let mut bytes = text.bytes().peekable();
    while let Some(byte) = bytes.next() {
        letters = if byte.is_ascii_alphanumeric() || byte == b'_' { letters + 1 } else { 0 };
        if letters > LONGEST_NAME {
            return Err(refuse("độ dài tên", "name", format_args!("> {LONGEST_NAME}")));
        }
        if letters > 1 {
            continue;
        }
        match byte {
            b'{' | b'[' | b'(' => nesting += 1,
            b'}' | b']' | b')' => nesting = nesting.saturating_sub(1),
            b'#' => while bytes.next_if(|&byte| byte != b'\n' && byte != b'\r').is_some() {},
            b'"' => skip_string(&mut bytes),
            b' ' | b'\t' | b'\n' | b'\r' | b',' => continue,
            _ => {}
        }
        tokens += 1;
        if nesting > MOST_NESTING {
            return Err(refuse("độ sâu", "depth", format_args!("> {MOST_NESTING}")));
        }
        if tokens > MOST_TOKENS {
            return Err(refuse("số từ tố", "tokens", format_args!("> {MOST_TOKENS}")));
        }
    }
    Ok(())
}

/// Reads behind a string or block string whose first quote was read.
fn skip_string(bytes: &mut std::iter::Peekable<std::str::Bytes<'_>>) {
    let mut quotes = 1;
    while quotes < 3 && bytes.next_if_eq(&b'"').is_some() {
        quotes += 1;
    }
    match quotes {
        2 => {}
        1 => {
            while let Some(byte) = bytes.next() {
                match byte {
                    b'\\' => drop(bytes.next()),
                    b'"' => return,
                    _ => {}
                }
            }
        }
        _ => skip_block_string(bytes),
    }
}

/// Reads behind a block string whose three opening quotes were read. Only `\"""` is an escape in it.
fn skip_block_string(bytes: &mut std::iter::Peekable<std::str::Bytes<'_>>) {
    let mut quotes = 0;
    let mut escaped = false;
    for byte in bytes.by_ref() {
        match byte {
            b'"' => {
                quotes += 1;
                if quotes == 3 && !escaped {
                    return;
                }
                if quotes == 3 {
                    (quotes, escaped) = (0, false);
                }
            }
            other => {
                quotes = 0;
                escaped = other == b'\\';
            }
        }
    }
}
