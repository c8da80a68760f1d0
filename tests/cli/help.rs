//! What the program says of itself.

use crate::support::run;

/// Every command that the help lists.
fn commands() -> Vec<String> {
    let help = run(["--help"]).exits(0).stdout;
    let list = help.split("Commands:").nth(1).and_then(|rest| rest.split("\n\n").next()).expect("a list of commands");
    list.lines().filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next().map(str::to_owned)).collect()
}

#[test]
fn the_help_is_as_reviewed() {
    insta::assert_snapshot!(run(["--help"]).exits(0).stdout);
}

#[test]
fn every_command_explains_itself_with_an_example() {
    let commands = commands();
    assert!(commands.len() > 1, "{commands:?}");
    for command in commands.iter().filter(|command| *command != "help") {
        let long = run([command.as_str(), "--help"]).exits(0).stdout;
        assert!(long.contains("Examples:\n  skyfeed "), "{command} has no examples:\n{long}");
        let short = run([command.as_str(), "-h"]).exits(0).stdout;
        assert!(short.len() < long.len(), "{command}: the short help is not shorter");
        assert_eq!(run(["help", command]).exits(0).stdout, long, "{command}");
    }
}

#[test]
fn the_version_is_the_packages() {
    assert_eq!(run(["--version"]).exits(0).stdout, format!("skyfeed {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn only_commands_of_a_feed_show_its_options() {
    for command in ["tile-study", "plan", "check-avm", "make-thumbnail"] {
        let help = run([command, "--help"]).exits(0).stdout;
        assert!(!help.contains("--ledger") && help.contains("--json"), "{help}");
    }
    assert!(run(["status", "--help"]).exits(0).stdout.contains("--ledger"));
}
