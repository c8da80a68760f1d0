//! Where a feed lives, by `--feed`, or part by part by options and the environment.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context;
use clap::Args;
use skyfeed_pipeline::{
    budget::MemoryBudget,
    config::{Config, SourceConfig},
    environment::Environment,
    layout,
    open_claims::OpenClaims,
    records::Records,
    scratch, sha256_hex,
    source::{self, ImageSource},
};
use skyfeed_ports::{
    clock::SystemClock,
    ledger::{Ledger, SqliteLedger},
    opener::Access,
    store::{LocalStore, Store},
};

mod overlap;
mod place;

pub(crate) use overlap::refuse as refuse_overlap;
pub(crate) use place::Place;
use place::{LEDGER, Part, SITE, WORK};

use crate::{error::UsageError, memory, openers::Cloud, shell::quoted};

/// Where small records are kept that were read before; a file that is no part of the feed.
const RECORDS: &str = ".skyfeed-records.json";

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

/// The text of a configuration and the store that it is in.
#[derive(Debug)]
pub(crate) struct Configuration {
    /// Where it is.
    pub(crate) place: Place,
    pub(crate) text: String,
    work: Arc<dyn Store>,
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

    /// Opens the feed. `trigger` goes into the history as the cause of what is done.
    ///
    /// # Errors
    /// There is no feed, or its configuration, a store or the ledger cannot be used; or, which is wrong usage, its folders overlap.
    pub(crate) async fn environment(&self, trigger: &str) -> anyhow::Result<Environment> {
        self.opened(trigger, Access::ReadWrite).await
    }

    /// Opens the feed for a command that only reads: it needs no right to write into the ledger, and folders that overlap do it no harm.
    ///
    /// # Errors
    /// As [`FeedOptions::environment`].
    pub(crate) async fn environment_to_read(&self, trigger: &str) -> anyhow::Result<Environment> {
        self.opened(trigger, Access::ReadOnly).await
    }

    /// Opens the feed for a command that writes, or for its dry run, which only reads.
    ///
    /// # Errors
    /// As [`FeedOptions::environment`].
    pub(crate) async fn environment_unless(&self, dry_run: bool, trigger: &str) -> anyhow::Result<Environment> {
        if !dry_run {
            return self.environment(trigger).await;
        }
        let env = self.environment_to_read(trigger).await?;
        self.check_apart(&env.config)?;
        Ok(env)
    }

    /// Keeps small records that were read for the next command.
    pub(crate) fn keep(&self, records: &Records) {
        if let Some(file) = self.records_file() {
            records.save(&file);
        }
    }

    /// Beside the ledger, or for a ledger in a cloud among the person's own caches.
    fn records_file(&self) -> Option<PathBuf> {
        let (work, _, ledger) = self.places().ok()?;
        match ledger {
            Place::Path(file) => Some(file.with_file_name(RECORDS)),
            Place::Url(_) => {
                let name = sha256_hex(work.to_string().as_bytes());
                Some(self.surroundings.cache.as_ref()?.join("skyfeed").join(format!("{name}.json")))
            }
        }
    }

    async fn opened(&self, trigger: &str, access: Access) -> anyhow::Result<Environment> {
        let (_, site, ledger) = self.places()?;
        let cloud = Cloud::default();
        let Configuration { place, text, work } = self.configuration_by(&cloud).await?;
        let (config, source) = self.configured(&place, &text)?;
        if access == Access::ReadWrite {
            self.check_apart(&config)?;
        }
        let scratch = std::env::temp_dir();
        scratch::remove_leftovers(&scratch);
        let ledger = self::ledger(&ledger, access, &cloud).await?;
        Ok(Environment {
            config,
            work,
            site: store(&site, &cloud).await?,
            ledger,
            source,
            records: Arc::new(self.records_file().map_or_else(Records::default, |file| Records::load(&file))),
            clock: Arc::new(SystemClock),
            scratch,
            trigger: trigger.to_owned(),
            deadline: None,
            capacity: None,
            memory: Some(MemoryBudget::new(memory::usable_bytes())),
            claims: self.claims.clone(),
        })
    }

    /// The same feed with its configuration as it is now; nothing else is opened again.
    ///
    /// # Errors
    /// The configuration cannot be read or used. What it was before is then no longer known to hold.
    pub(crate) async fn configured_anew(&self, env: &Environment) -> anyhow::Result<Environment> {
        let place = self.work()?.join(layout::CONFIG);
        let found = env.work.get(layout::CONFIG).await.with_context(|| format!("cannot read `{place}`"))?;
        let bytes = found.ok_or_else(|| self.no_feed(&place))?.bytes.to_vec();
        let text = String::from_utf8(bytes).with_context(|| format!("cannot read `{place}`"))?;
        let (config, source) = self.configured(&place, &text)?;
        self.check_apart(&config)?;
        Ok(Environment { config, source, ..env.clone() })
    }

    fn configured(&self, place: &Place, text: &str) -> anyhow::Result<(Arc<Config>, Arc<dyn ImageSource>)> {
        let config = Config::parse(text).with_context(|| format!("cannot use `{place}`"))?;
        if config.http.insecure_tls {
            tracing::warn!(
                "certificates are not verified, as the configuration says: anybody on the way can change the images"
            );
        }
        let source = source::from_config(&self.seen_from_folder(&config.source)?, &config.http)?;
        Ok((Arc::new(config), source))
    }

    /// The folder that images come from, if it is one of this machine.
    pub(crate) fn source_folder(&self, config: &Config) -> Option<PathBuf> {
        match self.seen_from_folder(&config.source) {
            Ok(SourceConfig::Directory { path }) => Some(path.into()),
            _ => None,
        }
    }

    /// Refuses stores and a folder of images that overlap.
    ///
    /// # Errors
    /// They do.
    pub(crate) fn check_apart(&self, config: &Config) -> Result<(), UsageError> {
        // A configuration can be looked at where the site is not said; nothing is written then.
        let Ok((work, site, ledger)) = self.places() else { return Ok(()) };
        overlap::refuse_public_ledger(&ledger, &site)?;
        refuse_overlap(&work, &site, self.source_folder(config).as_deref())
    }

    /// Reads the configuration.
    ///
    /// # Errors
    /// There is none, and so no feed; or it cannot be read.
    pub(crate) async fn configuration(&self) -> anyhow::Result<Configuration> {
        self.configuration_by(&Cloud::default()).await
    }

    async fn configuration_by(&self, cloud: &Cloud) -> anyhow::Result<Configuration> {
        let work = self.work()?;
        let place = work.join(layout::CONFIG);
        // To open a folder makes it.
        if matches!(&work, Place::Path(folder) if !folder.is_dir()) {
            return Err(self.no_feed(&place));
        }
        let store = store(&work, cloud).await?;
        let found = store.get(layout::CONFIG).await.with_context(|| format!("cannot read `{place}`"))?;
        let bytes = found.ok_or_else(|| self.no_feed(&place))?.bytes.to_vec();
        let text = String::from_utf8(bytes).with_context(|| format!("cannot read `{place}`"))?;
        Ok(Configuration { place, text, work: store })
    }

    fn no_feed(&self, config: &Place) -> anyhow::Error {
        if config.is_url() {
            let feed = self.as_arguments();
            return anyhow::anyhow!(
                "there is no feed: `{config}` does not exist; make one with `skyfeed init --config FILE{feed}`"
            );
        }
        let init = quoted(&self.folder().to_string_lossy());
        anyhow::anyhow!(
            "there is no feed: `{config}` does not exist; name the feed's folder with --feed DIR, or make one with `skyfeed init {init}`"
        )
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

/// Opens a store; a folder is made if it is missing.
///
/// # Errors
/// It cannot be opened.
pub(crate) async fn store(place: &Place, cloud: &Cloud) -> anyhow::Result<Arc<dyn Store>> {
    match place {
        Place::Path(folder) => Ok(Arc::new(LocalStore::open(folder)?)),
        Place::Url(url) => cloud.store(url).await,
    }
}

/// Opens a ledger. For writing, a file is made if it is missing; for reading, nothing is written.
///
/// # Errors
/// It cannot be opened.
pub(crate) async fn ledger(place: &Place, access: Access, cloud: &Cloud) -> anyhow::Result<Arc<dyn Ledger>> {
    match (place, access) {
        (Place::Path(file), Access::ReadWrite) => Ok(Arc::new(SqliteLedger::open(file)?)),
        (Place::Path(file), Access::ReadOnly) => Ok(Arc::new(SqliteLedger::open_read_only(file)?)),
        (Place::Url(url), access) => cloud.ledger(url, access).await,
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
