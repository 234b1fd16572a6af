//! In which form a client wants its answer (RFC 9110, 12.5.1; GraphQL over HTTP).

use axum::http::{HeaderMap, header};

/// A form of answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// `application/graphql-response+json`: the status tells whether the operation was executed.
    ResponseJson,
    /// `application/json`: status 200 for all that is a request.
    Json,
    /// `text/event-stream`: as many answers as there are.
    Events,
    /// `multipart/mixed;subscriptionSpec=1.0`: the same for clients of Apollo's protocol.
    Multipart,
}

impl Form {
    /// Whether it has room for more than one answer.
    pub(super) fn is_stream(self) -> bool {
        matches!(self, Self::Events | Self::Multipart)
    }
}

/// The forms that a client accepts, what it likes best first.
pub(super) fn accepted(headers: &HeaderMap) -> Vec<Form> {
    let mut ranges = Vec::new();
    for value in headers.get_all(header::ACCEPT) {
        // What is no text names no form.
        let Ok(value) = value.to_str() else { continue };
        ranges.extend(split(value, ',').filter_map(range));
    }
    if headers.get(header::ACCEPT).is_none() {
        return vec![Form::Json];
    }
    // A stable sort: what is liked alike stays in the client's order.
    ranges.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
    ranges.into_iter().filter(|(weight, _)| *weight > 0).map(|(_, form)| form).collect()
}

/// One media range: how much it is liked, in thousandths, and what it means here.
fn range(text: &str) -> Option<(u32, Form)> {
    let mut parts = split(text, ';').map(str::trim);
    let media_type = parts.next().unwrap_or_default().to_ascii_lowercase();
    let (mut weight, mut subscribes) = (1_000, false);
    for part in parts {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let value = value.trim().trim_matches('"');
        match name.trim().to_ascii_lowercase().as_str() {
            "q" => weight = thousandths(value)?,
            "charset" if !is_utf8(value) => return None,
            "subscriptionspec" => subscribes = value == "1.0",
            _ => {}
        }
    }
    let form = match media_type.as_str() {
        "application/graphql-response+json" => Form::ResponseJson,
        "application/json" | "application/*" | "*/*" => Form::Json,
        "text/event-stream" | "text/*" => Form::Events,
        "multipart/mixed" if subscribes => Form::Multipart,
        _ => return None,
    };
    Some((weight, form))
}

fn thousandths(text: &str) -> Option<u32> {
    let weight: f32 = text.parse().ok()?;
    // At most 1 000: a weight is between 0 and 1.
    (0.0..=1.0).contains(&weight).then_some((weight * 1_000.0) as u32)
}

fn is_utf8(charset: &str) -> bool {
    charset.eq_ignore_ascii_case("utf-8") || charset.eq_ignore_ascii_case("utf8")
}

/// The parts between separators that are not within quotes.
fn split(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    text.split(move |c| {
        quoted ^= c == '"';
        c == separator && !quoted
    })
}

/// Whether the request's content is JSON in UTF-8.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let mut given = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(value), None) = (given.next(), given.next()) else { return false };
    let Ok(value) = value.to_str() else { return false };
    let mut parts = split(value, ';').map(str::trim);
    let is_json = parts.next().unwrap_or_default().eq_ignore_ascii_case("application/json");
    let mut charsets = parts
        .filter_map(|part| part.split_once('='))
        .filter(|(name, _)| name.trim().eq_ignore_ascii_case("charset"));
    is_json && charsets.all(|(_, value)| is_utf8(value.trim().trim_matches('"')))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn of(accept: &str) -> Vec<Form> {
        let headers = [(header::ACCEPT, HeaderValue::from_str(accept).expect("a header"))];
        accepted(&headers.into_iter().collect())
    }

    #[test]
    fn what_is_liked_best_comes_first() {
        use Form::{Events, Json, Multipart, ResponseJson};
        for (accept, wanted) in [
            ("*/*", vec![Json]),
            (
                "application/graphql-response+json; charset=utf-8, application/json; charset=utf-8",
                vec![ResponseJson, Json],
            ),
            ("application/json;q=0.5, application/graphql-response+json", vec![ResponseJson, Json]),
            ("application/json; charset=iso-8859-1", vec![]),
            ("application/json;q=0", vec![]),
            ("text/html", vec![]),
            (
                "multipart/mixed;boundary=\"a,b;c\";subscriptionSpec=\"1.0\", application/json",
                vec![Multipart, Json],
            ),
            ("multipart/mixed; deferSpec=20220824, application/json", vec![Json]),
            ("TEXT/Event-Stream", vec![Events]),
        ] {
            assert_eq!(of(accept), wanted, "{accept}");
        }
        assert_eq!(accepted(&HeaderMap::new()), [Json]);
    }

    #[test]
    fn content_is_json_in_utf_8() {
        for (content_type, wanted) in [
            ("application/json", true),
            ("APPLICATION/JSON ; Charset=\"UTF-8\"", true),
            ("application/json; charset=latin1", false),
            ("text/plain", false),
            ("application/x-www-form-urlencoded", false),
            ("application/jsonp", false),
        ] {
            let headers = [(header::CONTENT_TYPE, HeaderValue::from_str(content_type).expect("a header"))];
            assert_eq!(is_json(&headers.into_iter().collect()), wanted, "{content_type}");
        }
    }
}
