//! What an attacker sends.

use serde_json::json;

pub(super) struct Attack {
    pub(super) what: &'static str,
    pub(super) document: String,
    /// JSON, or what should be.
    pub(super) variables: Option<String>,
}

impl Attack {
    /// The document in words that nobody has sent before.
    pub(super) fn document(&self, number: usize) -> String {
        format!("#{number}\n{}", self.document)
    }

    pub(super) fn body(&self, number: usize) -> String {
        let document = json!(self.document(number));
        match &self.variables {
            Some(variables) => format!("{{\"query\":{document},\"variables\":{variables}}}"),
            None => format!("{{\"query\":{document}}}"),
        }
    }

    /// Whether its body is no JSON that a parser would follow to its end.
    pub(super) fn is_malformed(&self) -> bool {
        self.variables.as_deref().is_some_and(|json| serde_json::from_str::<serde_json::Value>(json).is_err())
    }
}

/// Fragments of which each spreads the next so many times.
fn bomb(width: usize, depth: usize) -> String {
    let mut text = String::from("{...F0}");
    for level in 0..depth {
        let spreads = format!("...F{} ", level + 1).repeat(width);
        text += &format!("fragment F{level} on Query{{{spreads}}}");
    }
    text + &format!("fragment F{depth} on Query{{__typename}}")
}

pub(super) fn numbered(count: usize, one: impl Fn(usize) -> String) -> String {
    (0..count).map(one).collect()
}

pub(super) fn attacks() -> Vec<Attack> {
    let aliases = |count| format!("{{{}}}", numbered(count, |i| format!("a{i}:__typename ")));
    let unknown = |count| format!("{{{}}}", numbered(count, |i| format!("f{i} ")));
    let of_viewer = |fields: &str, count| format!("{{viewer{{{}}}}}", fields.repeat(count));
    let declared = numbered(2_000, |i| format!("$v{i}:Int "));
    let list = format!("{{\"x\":[{}0]}}", "0,".repeat(60_000));
    let nested = format!("{{\"x\":{}", "[".repeat(100_000));
    let documents = [
        ("2^24 fields", bomb(2, 24)),
        ("20^6 fields", bomb(20, 6)),
        ("40^5 fields", bomb(40, 5)),
        ("100,000 aliases", aliases(100_000)),
        ("as many aliases as fit", aliases(12_000)),
        ("3,000 aliases", aliases(3_000)),
        ("20,000 unknown fields", unknown(20_000)),
        ("400 unknown fields", unknown(400)),
        ("9,000 fields of one name", of_viewer("id ", 9_000)),
        ("conflicting fields", of_viewer("x:id x:name ", 450)),
        ("nested 20,000 deep", "{a".repeat(20_000)),
        ("brackets 100,000 deep", "[".repeat(100_000)),
        ("4,000 directives", format!("{{viewer{{id {}}}}}", "@a ".repeat(4_000))),
        ("2,000 variables", format!("query({declared}){{viewer{{id}}}}")),
        (
            "900 fragments that nothing spreads",
            "{viewer{id}}".to_owned() + &numbered(900, |i| format!("fragment F{i} on User{{id}}")),
        ),
        ("a text of 200 KB", format!("{{task(id:\"{}\"){{id}}}}", "x".repeat(200_000))),
        ("a block text of 200 KB", format!("{{task(id:\"\"\"{}\"\"\"){{id}}}}", "\n x".repeat(60_000))),
        ("12 MiB", "x".repeat(12 << 20)),
    ];
    let documents = documents.map(|(what, document)| Attack { what, document, variables: None });
    let with_variables = [
        ("variables nested 100,000 deep", "{viewer{id}}", nested),
        ("a list of 60,000 numbers", "query($x:[Int!]){viewer{id}}", list.clone()),
        ("60,000 values where an id is wanted", "query($x:[ID!]!){nodes(ids:$x){id}}", list),
    ];
    let with_variables = with_variables.map(|(what, document, variables)| Attack {
        what,
        document: document.to_owned(),
        variables: Some(variables),
    });
    documents.into_iter().chain(with_variables).collect()
}
