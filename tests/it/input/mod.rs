//! Bad input: refused with a typed code and a message in the reader's language, and nothing of it is written.

mod mutations;
mod reports;
mod requests;
mod users;

use serde_json::{Value, json};
use tests::{Client, Lab};

use crate::given::{database, written};

/// One bad input: what is changed in an input that would be good, and what the answer says.
type Case<'a> = (&'a str, Value, &'a [&'a str]);

/// `base` with the fields of `patch` in place of its own.
fn patched(base: &Value, patch: &Value) -> Value {
    let mut input = base.clone();
    for (name, value) in patch.as_object().expect("an object") {
        input[name] = value.clone();
    }
    input
}

/// `path CODE` and the message of each user error.
async fn problems(client: &Client, mutation: &str, variables: &Value) -> Vec<(String, String)> {
    let data = client.get(mutation, variables.clone()).await;
    let (_, payload) = data.as_object().expect("an object").iter().next().expect("one root field");
    let errors = payload["userErrors"].as_array().expect("a list of user errors");
    let line = |error: &Value| {
        let path: Vec<&str> =
            error["field"].as_array().expect("a path").iter().filter_map(Value::as_str).collect();
        let (code, message) = (error["code"].as_str().expect("a code"), error["message"].as_str());
        (format!("{} {code}", path.join(".")), message.expect("a message").to_owned())
    };
    errors.iter().map(line).collect()
}

/// Each case is refused with the same codes in both languages, in words that differ, and nothing is written.
async fn all_refused(
    lab: &Lab,
    client: &Client,
    mutation: &str,
    variables: impl Fn(&Value) -> Value,
    cases: &[Case<'_>],
) {
    let database = database(lab).await;
    let before = written(&database).await;
    for (what, patch, wanted) in cases {
        let variables = variables(patch);
        let english = problems(client, mutation, &variables).await;
        let vietnamese = problems(&client.speaking("vi"), mutation, &variables).await;
        let codes = |list: &[(String, String)]| -> Vec<String> {
            list.iter().map(|(code, _)| code.clone()).collect()
        };
        assert_eq!(codes(&english), *wanted, "{what}");
        assert_eq!(codes(&vietnamese), *wanted, "{what}, in Vietnamese");
        for ((_, english), (_, vietnamese)) in english.iter().zip(&vietnamese) {
            assert!(
                !english.is_empty() && !vietnamese.is_empty() && english != vietnamese,
                "{what}: {english}"
            );
        }
        assert_eq!(written(&database).await, before, "{what} was written");
    }
    database.close().await.expect("closed");
}

/// The code and message of the first error at the top of an answer.
fn failure(body: &Value) -> (String, String) {
    let error = &body["errors"][0];
    let word = |value: &Value| value.as_str().unwrap_or_else(|| panic!("no error in {body:#}")).to_owned();
    (word(&error["extensions"]["code"]), word(&error["message"]))
}

/// Variables that hold an input alone.
fn input(base: &Value) -> impl Fn(&Value) -> Value {
    let base = base.clone();
    move |patch| json!({ "input": patched(&base, patch) })
}
