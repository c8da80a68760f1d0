//! Where a feed lives, by `--feed`, or part by part by options and the environment.

use std::path::{Path, PathBuf};

use clap::Args;
use skyfeed_pipeline::{config::SourceConfig, open_claims::OpenClaims};

mod open;
mod overlap;
mod place;

pub(crate) use open::store;
pub(crate) use overlap::refuse as refuse_overlap;
pub(crate) use place::Place;
use place::{LEDGER, Part, SITE, WORK};

use crate::{error::UsageError, shell::quoted};

/// Where the feed lives.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Feed options")]
pub(crate) struct FeedOptions {
    /// The folder of the feed, which holds work/, site/ and ledger.sqlite [default: where the environment says, else the current folder]
    #[arg(long, value_name = "DIR", global = true)]
    pub(crate) feed: Option<PathBuf>,
    /// The private store, instead of DIR/work [a path, file:///… or s3://BUCKET/PREFIX] [env: SKYFEED_WORK]
    #[arg(long, value_name = "URL", global = true)]
    pub(crate) work: Option<String>,
    /// The public store, instead of DIR/site [a path, file:///… or s3://BUCKET/PREFIX] [env: SKYFEED_SITE]
    #[arg(long, value_name = "URL", global = true)]
    pub(crate) site: Option<String>,
    /// The ledger, instead of DIR/ledger.sqlite [a path, sqlite:///… or dynamodb://TABLE/FEED] [env: SKYFEED_LEDGER]
    #[arg(long, value_name = "URL", global = true)]
    pub(crate) ledger: Option<String>,
    /// What holds where no option says otherwise.
    #[arg(skip)]
    surroundings: Surroundings,
    /// What this program has claimed in the feed and not ended.
    #[arg(skip)]
    pub(crate) claims: OpenClaims,
}

/// What the environment of the program says of the feed.
#[derive(Clone, Debug, Default)]
struct Surroundings {
    work: Option<String>,
    site: Option<String>,
    ledger: Option<String>,
    /// Where programs keep what they can do without.
    cache: Option<PathBuf>,
}

impl FeedOptions {
    /// The feed that is in a folder as a whole, whatever the environment says.
    pub(crate) fn in_folder(folder: &Path) -> Self {
        Self { feed: Some(folder.to_owned()), ..Self::default() }
    }

    /// Adds what the environment says; an empty variable says nothing.
    #[must_use]
    pub(crate) fn within(self, variable: impl Fn(&str) -> Option<String>) -> Self {
        let said = |part: &Part| variable(part.variable).filter(|value| !value.is_empty());
        let named = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let cache = named("XDG_CACHE_HOME").or_else(|| Some(named("HOME")?.join(".cache")));
        let surroundings = Surroundings { work: said(&WORK), site: said(&SITE), ledger: said(&LEDGER), cache };
        Self { surroundings, ..self }
    }

    /// The options that lead a command to this feed, each after a space, ready for a shell. What the environment says need not be said again.
    pub(crate) fn as_arguments(&self) -> String {
        let folder = self.feed.as_deref().filter(|folder| *folder != Path::new(".")).map(Path::to_string_lossy);
        let options = [(WORK.option, &self.work), (SITE.option, &self.site), (LEDGER.option, &self.ledger)];
        let options = options.into_iter().filter_map(|(option, value)| Some((option, value.as_deref()?)));
        let options = folder.iter().map(|folder| ("--feed", &**folder)).chain(options);
        options.map(|(option, value)| format!(" {option} {}", quoted(value))).collect()
    }

    /// What stands before the command that a person may want to call next.
    pub(crate) fn next(&self) -> &'static str {
        let deployed = self.work().is_ok_and(|work| work.is_url());
        if deployed { "next, unless the feed's functions do it" } else { "next" }
    }

    /// Where the work store, the site store and the ledger are.
    ///
    /// # Errors
    /// Something else is given, or not everything: parts of two feeds would mix.
    pub(crate) fn places(&self) -> Result<(Place, Place, Place), UsageError> {
        let places = [self.work(), self.site(), self.place(&LEDGER, &self.ledger, &self.surroundings.ledger)];
        // What is said wrongly is told before what is not said.
        let whole = self.check_whole();
        if let Err(partial) = whole {
            let wrong = places.into_iter().filter_map(Result::err).find(|wrong| wrong.0 != partial.0);
            return Err(wrong.unwrap_or(partial));
        }
        let [work, site, ledger] = places;
        Ok((work?, site?, ledger?))
    }

    /// Refuses a feed of which only some parts are named, and no folder where the rest could be.
    fn check_whole(&self) -> Result<(), UsageError> {
        let said = &self.surroundings;
        let all =
            [(&WORK, &self.work, &said.work), (&SITE, &self.site, &said.site), (&LEDGER, &self.ledger, &said.ledger)];
        let all = all.map(|(part, option, variable)| (part, option.as_ref().or(variable.as_ref())));
        let Some(place) = all.iter().find_map(|(_, said)| *said).filter(|_| self.feed.is_none()) else {
            return Ok(());
        };
        let missing = all.iter().filter(|(_, said)| said.is_none());
        let missing: Vec<String> =
            missing.map(|(part, _)| format!("with {} URL, or in {},", part.option, part.variable)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        Err(UsageError(format!(
            "the feed is at {place}: say {} where the rest of it is, or name a folder that has all of it with --feed DIR",
            missing.join(" and ")
        )))
    }

    /// What of the feed is in a cloud, by its URLs.
    pub(crate) fn in_cloud(&self) -> Vec<String> {
        let Ok((work, site, ledger)) = self.places() else { return Vec::new() };
        [work, site, ledger].iter().filter(|place| place.is_url()).map(Place::to_string).collect()
    }

    /// Where the private store is.
    pub(crate) fn work(&self) -> Result<Place, UsageError> {
        self.place(&WORK, &self.work, &self.surroundings.work)
    }

    /// Where the public store is.
    pub(crate) fn site(&self) -> Result<Place, UsageError> {
        self.place(&SITE, &self.site, &self.surroundings.site)
    }

    /// An option goes before a folder that is named, that before the environment, and that before the current folder.
    fn place(&self, part: &Part, option: &Option<String>, variable: &Option<String>) -> Result<Place, UsageError> {
        match (option, &self.feed, variable) {
            (Some(given), ..) => Place::parse(part, part.option, given),
            (None, None, Some(given)) => Place::parse(part, part.variable, given),
            // Nothing is said of this part: of none may anything be said.
            (None, None, None) => self.check_whole().map(|()| Place::Path(self.folder().join(part.name))),
            _ => Ok(Place::Path(self.folder().join(part.name))),
        }
    }

    /// The folder of the feed: the one that is named, else the one that the work store lies in, if that is said and is a folder itself, else the current one.
    pub(crate) fn folder(&self) -> PathBuf {
        match (&self.feed, &self.work, &self.surroundings.work) {
            (Some(feed), ..) => feed.clone(),
            (None, None, None) => ".".into(),
            (None, ..) => match self.work() {
                Ok(Place::Path(work)) => parent(&work),
                _ => ".".into(),
            },
        }
    }

    /// A relative directory is relative to the folder of the feed, wherever the command is called.
    fn seen_from_folder(&self, source: &SourceConfig) -> anyhow::Result<SourceConfig> {
        let SourceConfig::Directory { path } = source else { return Ok(source.clone()) };
        if Path::new(path).is_relative() && self.feed.is_none() && self.work()?.is_url() {
            anyhow::bail!(
                "the images are in `{path}`, which is relative to the folder of the feed, but this feed has none: write an absolute path as \
                 directory.path, or name the folder with --feed DIR"
            );
        }
        Ok(SourceConfig::Directory { path: self.folder().join(path).to_string_lossy().into_owned() })
    }
}

/// The folder that another one lies in.
fn parent(folder: &Path) -> PathBuf {
    // `..` does not say by which name it is called.
    let named = match folder.file_name() {
        Some(_) => folder.to_owned(),
        None => folder.canonicalize().unwrap_or_else(|_| folder.to_owned()),
    };
    match named.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => ".".into(),
    }
}

#[cfg(test)]
mod tests {
    use skyfeed_pipeline::config::SourceConfig;

    use super::{FeedOptions, Place};

    fn in_folder(folder: &str) -> FeedOptions {
        FeedOptions::in_folder(folder.as_ref())
    }

    /// The feed of a machine whose environment names a deployed one.
    fn deployed(options: FeedOptions) -> FeedOptions {
        options.within(|name| match name {
            "SKYFEED_WORK" => Some("s3://work".into()),
            "SKYFEED_SITE" => Some("s3://site/eso".into()),
            "SKYFEED_LEDGER" => Some("dynamodb://ledger".into()),
            _ => None,
        })
    }

    fn places(options: &FeedOptions) -> [String; 3] {
        let (work, site, ledger) = options.places().unwrap();
        [work.to_string(), site.to_string(), ledger.to_string()]
    }

    #[test]
    fn everything_is_in_the_feed_folder_unless_told_otherwise() {
        let options = FeedOptions { site: Some("/srv/site".into()), ..in_folder("here") };
        assert_eq!(places(&options), ["here/work", "/srv/site", "here/ledger.sqlite"]);
        assert_eq!(places(&FeedOptions::default()), ["./work", "./site", "./ledger.sqlite"]);
    }

    #[test]
    fn an_option_goes_before_a_folder_and_that_before_the_environment() {
        assert_eq!(places(&deployed(FeedOptions::default())), ["s3://work", "s3://site/eso", "dynamodb://ledger"]);
        assert_eq!(places(&deployed(in_folder("here"))), ["here/work", "here/site", "here/ledger.sqlite"]);
        let options = FeedOptions { site: Some("site".into()), ..FeedOptions::default() };
        assert_eq!(places(&deployed(options)), ["s3://work", "site", "dynamodb://ledger"]);
        let unset = FeedOptions::default().within(|_| Some(String::new()));
        assert_eq!(unset.work().unwrap(), Place::Path("./work".into()));
    }

    #[test]
    fn parts_of_two_feeds_are_not_mixed() {
        for url in ["s3://bucket/a", "file:///srv/feed/work", "/srv/feed/work"] {
            let variable = |name: &str| (name == "SKYFEED_WORK").then(|| url.to_owned());
            let options = FeedOptions { work: Some(url.into()), ..FeedOptions::default() };
            for options in [options, FeedOptions::default().within(variable)] {
                let error = options.places().unwrap_err().to_string();
                let missing =
                    ["--site URL, or in SKYFEED_SITE", "--ledger URL, or in SKYFEED_LEDGER", "--feed DIR", url];
                assert!(missing.iter().all(|missing| error.contains(missing)), "{error}");
                assert!(!error.contains("--work"), "{error}");
                assert!(options.site().is_err(), "a site of another feed");
                assert!(options.work().is_ok(), "what is said can be looked at alone");
            }
        }
        let ledger = |name: &str| (name == "SKYFEED_LEDGER").then(|| "sqlite:///srv/l.sqlite".to_owned());
        let options = FeedOptions { site: Some("site".into()), ..FeedOptions::default() }.within(ledger);
        let error = options.places().unwrap_err().to_string();
        assert!(error.contains("say with --work URL, or in SKYFEED_WORK, where"), "{error}");
        assert!(options.work().is_err(), "the work store of the current folder");
    }

    #[test]
    fn what_lies_beside_a_deployed_store_may_be_a_folder_that_is_named() {
        let options = FeedOptions { work: Some("s3://bucket/a".into()), ..in_folder("here") };
        assert_eq!(places(&options), ["s3://bucket/a", "here/site", "here/ledger.sqlite"]);
    }

    #[test]
    fn a_command_line_for_the_feed_survives_the_shell_and_leaves_the_environment_out() {
        assert_eq!(in_folder(".").as_arguments(), "");
        let options = FeedOptions { site: Some("/srv/site".into()), ..in_folder("it's here") };
        assert_eq!(options.as_arguments(), r" --feed 'it'\''s here' --site /srv/site");
        let options = FeedOptions { work: Some("s3://bucket/my feed".into()), ..FeedOptions::default() };
        assert_eq!(deployed(options).as_arguments(), " --work 's3://bucket/my feed'");
    }

    #[test]
    fn what_was_read_is_kept_beside_the_ledger_or_among_the_caches_of_a_person() {
        let kept = |options: &FeedOptions| options.records_file().map(|file| file.to_string_lossy().into_owned());
        assert_eq!(kept(&in_folder("here")), Some("here/.skyfeed-records.json".into()));
        let at = |work: &str, home: Option<&str>| {
            kept(&FeedOptions::default().within(|name| match name {
                "SKYFEED_WORK" => Some(work.into()),
                "SKYFEED_SITE" => Some("s3://site/eso".into()),
                "SKYFEED_LEDGER" => Some("dynamodb://ledger".into()),
                "HOME" => home.map(str::to_owned),
                _ => None,
            }))
        };
        let (one, other) = (at("s3://one", Some("/home/anna")).unwrap(), at("s3://other", Some("/home/anna")).unwrap());
        assert!(one.starts_with("/home/anna/.cache/skyfeed/") && one.ends_with(".json"), "{one}");
        assert_ne!(one, other);
        assert_eq!(at("s3://one", None), None);
    }

    #[test]
    fn a_relative_directory_needs_a_folder_of_the_feed() {
        let source = |path: &str| SourceConfig::Directory { path: path.into() };
        let seen = |options: FeedOptions, path| options.seen_from_folder(&source(path)).map_err(|e| e.to_string());
        assert_eq!(seen(in_folder("/srv/feed"), "images"), Ok(source("/srv/feed/images")));
        assert_eq!(seen(deployed(FeedOptions::default()), "/srv/images"), Ok(source("/srv/images")));
        assert!(seen(deployed(FeedOptions::default()), "images").unwrap_err().contains("--feed DIR"));

        for (work, images) in [
            ("file:///srv/feed/work", "/srv/feed/images"),
            ("/srv/feed/work/", "/srv/feed/images"),
            ("a/work", "a/images"),
        ] {
            let variable = |name: &str| (name == "SKYFEED_WORK").then(|| work.to_owned());
            assert_eq!(seen(FeedOptions::default().within(variable), "images"), Ok(source(images)), "{work}");
        }
        let parent = std::env::current_dir().unwrap().parent().unwrap().join("images");
        let options = FeedOptions { work: Some(".".into()), ..FeedOptions::default() };
        assert_eq!(seen(options, "images"), Ok(source(parent.to_str().unwrap())));
    }
}
