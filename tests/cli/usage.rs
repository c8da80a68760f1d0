//! Wrong usage, and how errors look.

use std::process::Stdio;

use serde_json::Value;

use crate::support::{program, run};

#[test]
fn wrong_usage_exits_with_2_and_names_what_is_wrong() {
    for (arguments, named) in [
        (vec!["fly"], "fly"),
        (vec!["serve", "--colour", "x"], "--colour"),
        (vec!["serve", ".", "--port", "99999"], "99999"),
        (vec!["tile-study"], "<IMAGE>"),
        (vec!["init", "a", "--feed", "b"], "named twice"),
        (vec![], "Usage"),
    ] {
        let ran = run(&arguments).exits(2);
        assert!(ran.stderr.contains(named), "{arguments:?}: {}", ran.stderr);
        assert!(ran.stdout.is_empty(), "{arguments:?}: {}", ran.stdout);
    }
}

#[test]
fn a_near_miss_is_answered_with_the_right_word() {
    let ran = run(["serv", "."]).exits(2);
    assert!(ran.stderr.contains("'serve'"), "{}", ran.stderr);
}

#[test]
fn with_json_errors_are_json_too() {
    for (arguments, code) in [(vec!["fly", "--json"], 2), (vec!["--json", "serve", "no-such-folder"], 1)] {
        let ran = run(&arguments).exits(code);
        let error: Value = serde_json::from_str(&ran.stderr).unwrap();
        assert!(error["error"].is_string() && error["causes"].is_array(), "{error}");
        assert!(ran.stdout.is_empty());
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let root = tempfile::TempDir::new().unwrap();
    let run = run(["init".as_ref(), root.path().as_os_str(), "--source".as_ref(), "directory".as_ref()]);
    run.exits(0);
    let mut command = program();
    command.args(["status", "--feed"]).arg(root.path());
    for arguments in [vec![], vec!["--json"], vec!["--help"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = command.args(arguments).stdout(writer).stderr(Stdio::piped()).output().unwrap();
        assert_eq!(output.status.code(), Some(0));
        assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}
