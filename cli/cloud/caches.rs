//! What stands between the site and its readers: CloudFront, told by the program `aws`, which has the person's credentials.

use std::process::Command;

use anyhow::bail;

/// More images than this, and all of the site is forgotten: CloudFront takes few patterns at a time.
const MOST: usize = 10;
/// Stands for the id of the distribution where nobody said it.
const PLACEHOLDER: &str = "DISTRIBUTION";

/// What CloudFront is to forget of a site whose documents are at `url_prefix`.
#[derive(Debug)]
pub(crate) struct Forget {
    paths: Vec<String>,
}

impl Forget {
    pub(crate) fn images<'a>(url_prefix: &str, ids: impl Iterator<Item = &'a str>) -> Self {
        let path = url_prefix.split_once("://").map_or("", |(_, rest)| rest);
        let root = path.find('/').map_or("/", |at| &path[at..]).trim_end_matches('/');
        let folders: Vec<String> = ids.map(|id| format!("{root}/{}/*", encoded(id))).collect();
        if folders.len() > MOST {
            return Self { paths: vec![format!("{root}/*")] };
        }
        let documents = ["index.wtml", "index_rel.wtml"].map(|name| format!("{root}/{name}"));
        Self { paths: folders.into_iter().chain(documents).collect() }
    }

    fn arguments<'a>(&'a self, distribution: &'a str) -> Vec<&'a str> {
        let fixed = ["cloudfront", "create-invalidation", "--distribution-id", distribution, "--paths"];
        fixed.into_iter().chain(self.paths.iter().map(String::as_str)).collect()
    }

    /// The command for a person to copy who has not said which distribution it is.
    pub(crate) fn command(&self) -> String {
        self.command_for(PLACEHOLDER)
    }

    fn command_for(&self, distribution: &str) -> String {
        let quoted = |word: &str| crate::shell::quoted(word);
        let words: Vec<String> = self.arguments(distribution).into_iter().map(quoted).collect();
        format!("aws {}", words.join(" "))
    }

    /// Where a person finds what the command lacks.
    pub(crate) fn advice() -> String {
        format!("{PLACEHOLDER} is the output DistributionId of the feed's stack; or say --invalidate {PLACEHOLDER}")
    }

    /// Has it done. Waits until CloudFront has taken it up, not until it has forgotten.
    pub(crate) fn run(&self, distribution: &str) -> anyhow::Result<()> {
        let told = Command::new("aws").args(self.arguments(distribution)).args(["--output", "json"]).output();
        let by_hand = format!("do it by hand: {}", self.command_for(distribution));
        match told {
            Err(error) => bail!("the program `aws` cannot be run ({error}); {by_hand}"),
            Ok(told) if !told.status.success() => {
                let said = String::from_utf8_lossy(&told.stderr);
                let said = if said.trim().is_empty() { told.status.to_string() } else { said.trim().to_owned() };
                bail!("CloudFront was not told: {said}; {by_hand}")
            }
            Ok(_) => Ok(()),
        }
    }
}

/// As CloudFront has paths: percent-encoded but for what needs it nowhere.
fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::Forget;

    #[test]
    fn the_command_names_what_lies_behind_the_prefix() {
        let command = |prefix: &str, ids: &[&str]| Forget::images(prefix, ids.iter().copied()).command();
        assert_eq!(
            command("https://d1.cloudfront.net/", &["m31", "größe 1"]),
            "aws cloudfront create-invalidation --distribution-id DISTRIBUTION --paths '/m31/*' '/gr%C3%B6%C3%9Fe%201/*' \
             /index.wtml /index_rel.wtml"
        );
        assert!(command("https://x.org/a/b/", &["m31"]).ends_with("'/a/b/m31/*' /a/b/index.wtml /a/b/index_rel.wtml"));
        assert!(command("https://x.org", &["x"; 11]).ends_with("--paths '/*'"));
    }
}
