//! Clients as others write them: scripts of `tests/clients`, run with Node.js or Python and the packages that `npm ci`
//! and `pip` install there.

use std::path::Path;
use std::process::Stdio;

use serde_json::Value;

/// What the script prints, as JSON, when Node.js runs it with these variables; `None`, after saying so loudly, where
/// there is no Node.js or its packages are not installed. `PII_TEST_REQUIRE_CLIENTS` makes that a failure.
///
/// # Panics
/// When the script fails or prints something else.
pub async fn node(script: &str, variables: &[(&str, &str)]) -> Option<Value> {
    run("node", "node_modules", "`npm ci`", script, variables).await
}

/// The same with the Python of `tests/clients/.venv`.
///
/// # Panics
/// When the script fails or prints something else.
pub async fn python(script: &str, variables: &[(&str, &str)]) -> Option<Value> {
    run(
        ".venv/bin/python",
        ".venv",
        "`python3 -m venv .venv && .venv/bin/pip install -r requirements.txt`",
        script,
        variables,
    )
    .await
}

async fn run(
    program: &str,
    packages: &str,
    installed_by: &str,
    script: &str,
    variables: &[(&str, &str)],
) -> Option<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients");
    let own = folder.join(program);
    let mut command =
        tokio::process::Command::new(if own.exists() { own.as_os_str() } else { program.as_ref() });
    command.arg(script).current_dir(&folder).envs(variables.iter().copied());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let started = if folder.join(packages).is_dir() { command.spawn().ok() } else { None };
    let Some(started) = started else {
        let message =
            format!("{script} DID NOT RUN: no {program}, or {installed_by} was not run in tests/clients");
        assert!(std::env::var_os("PII_TEST_REQUIRE_CLIENTS").is_none(), "{message}");
        // Straight to the terminal: the test runner hides what a passing test prints.
        let loud = format!("\n******** {message} ********\n");
        if std::io::Write::write_all(&mut std::io::stderr(), loud.as_bytes()).is_err() {
            eprintln!("{loud}");
        }
        return None;
    };
    let output = started.wait_with_output().await.expect("the script ends");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{script}: {said}{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_str(&said).unwrap_or_else(|error| panic!("{script}: {error}: {said}")))
}
