//! What a configuration may say, and how a wrong one is answered.

use skyfeed_pipeline::config::{Config, ConfigError, HttpConfig, SiteLayout, SourceConfig, SourceType};
use skyfeed_tiling::pixels::{CascadeMode, Compression, Limits, TileFormat};

const MINIMAL: &str = "\
source_type: directory
publish_url_prefix: https://data.example.org/feed/
directory:
  path: images
";

fn oracle(case: &str) -> Result<Config, Box<dyn std::error::Error>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/oracle");
    let text = std::fs::read_to_string(format!("{folder}/{case}/input/toasty-pipeline-config.yaml"))?;
    Ok(Config::parse(&text)?)
}

/// The message of an error with its causes.
#[track_caller]
fn refusal(text: &str) -> String {
    let error = Config::parse(text).expect_err("accepted");
    let mut message = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        message += &format!(": {error}");
        cause = error.source();
    }
    message
}

#[test]
fn the_configurations_of_toasty_are_read() {
    let astropix = oracle("10_pipeline_astropix").unwrap();
    assert_eq!(astropix.source, SourceConfig::Astropix { json_query_url: "http://SITE/feed.json".to_owned() });
    assert_eq!(astropix.publish_url_prefix, "http://data1.example.org/feeds/oracle/");
    assert_eq!(astropix.folder_name, "Synthetic AstroPix");
    assert_eq!(astropix.folder_thumbnail_url, "//example.org/thumb.jpg");

    let djangoplicity = oracle("11_pipeline_djangoplicity").unwrap();
    assert_eq!(
        djangoplicity.source,
        SourceConfig::Djangoplicity {
            base_url: "http://SITE/".to_owned(),
            channel_name: "synth".to_owned(),
            search_page_name: "page".to_owned(),
        }
    );
    assert_eq!(djangoplicity.publish_url_prefix, "http://data1.example.org/feeds/oracle/");
    assert_eq!((djangoplicity.folder_name.as_str(), djangoplicity.folder_thumbnail_url.as_str()), ("", ""));

    assert_eq!(oracle("21_reindex").unwrap().folder_name, "Oracle & Friends");
}

#[test]
fn what_is_not_said_has_its_default() {
    let config = Config::parse(MINIMAL).unwrap();
    assert_eq!(config.source, SourceConfig::Directory { path: "images".to_owned() });
    assert_eq!(config.site_layout, SiteLayout::Skyfeed);
    assert_eq!(config.approvals_required, 1);
    assert_eq!(config.max_new_per_run, None);
    assert_eq!((config.cascade, config.ignore_orientation), (CascadeMode::Compatible, false));
    assert_eq!((config.tile_format, config.compression), (TileFormat::Png, Compression::Small));
    assert_eq!(config.limits, Limits::default());
    assert_eq!(config.http, HttpConfig::default());
}

#[test]
fn every_key_is_heard() {
    let text = "
source_type: djangoplicity
publish_url_prefix: //data.example.org/feed
folder_name: 'Höhepunkte'
folder_thumbnail_url: https://data.example.org/feed.jpg
site_layout: toasty
approvals_required: 2
max_new_per_run: 10
cascade: alpha-weighted
tile_format: jpg
compression: balanced
orientation: ignore
djangoplicity: {base_url: 'https://example.org/images', channel_name: c, search_page_name: p, force_insecure_tls: true}
limits: {max_pixels: 1, max_side: 2, max_buffer_bytes: 3, max_metadata_bytes: 4}
http: {max_image_bytes: 5, max_document_bytes: 6, requests_per_host: 7, allow_private_hosts: true, timeout_seconds: 8}
";
    let config = Config::parse(text).unwrap();
    assert_eq!(
        config.source,
        SourceConfig::Djangoplicity {
            base_url: "https://example.org/images/".to_owned(),
            channel_name: "c".to_owned(),
            search_page_name: "p".to_owned(),
        }
    );
    assert_eq!(config.publish_url_prefix, "//data.example.org/feed/");
    assert_eq!(config.folder_name, "Höhepunkte");
    assert_eq!(config.folder_thumbnail_url, "https://data.example.org/feed.jpg");
    assert_eq!((config.site_layout, config.approvals_required), (SiteLayout::Toasty, 2));
    assert_eq!((config.max_new_per_run, config.ignore_orientation), (Some(10), true));
    assert_eq!((config.cascade, config.compression), (CascadeMode::AlphaWeighted, Compression::Balanced));
    assert_eq!(config.tile_format, TileFormat::Jpeg);
    let limits = config.limits;
    assert_eq!((limits.max_pixels, limits.max_side), (1, 2));
    assert_eq!((limits.max_buffer_bytes, limits.max_metadata_bytes), (3, 4));
    let http = HttpConfig {
        insecure_tls: true,
        max_image_bytes: 5,
        max_document_bytes: 6,
        requests_per_host: 7,
        allow_private_hosts: Some(true),
        timeout_seconds: 8,
    };
    assert_eq!(config.http, http);
}

#[test]
fn certificates_go_unchecked_only_where_it_is_said() {
    let insecure = |more: &str| {
        let text = "publish_url_prefix: http://a/\ndjangoplicity: {base_url: http://b/, channel_name: c";
        let astropix = "astropix: {json_query_url: http://c/}";
        let of = |source: &str| format!("source_type: {source}\n{astropix}\n{text}{more}");
        ["djangoplicity", "astropix"].map(|source| Config::parse(&of(source)).unwrap().http.insecure_tls)
    };
    assert_eq!(insecure("}"), [false, false]);
    assert_eq!(insecure(", force_insecure_tls: true}"), [true, false]);
    assert_eq!(insecure(", force_insecure_tls: true}\nhttp: {insecure_tls: false}"), [false, false]);
    assert_eq!(insecure("}\nhttp: {insecure_tls: true}"), [true, true]);
}

#[test]
fn the_digest_is_that_of_the_text() {
    let digest = Config::parse(MINIMAL).unwrap().sha256;
    assert_eq!(digest, "ebfdffe37b69f59d977629ae0c4e0e9a932ac69724f0e9b89deac682c2017473");
    assert_ne!(digest, Config::parse(&format!("{MINIMAL}# more")).unwrap().sha256);
}

#[test]
fn examples_are_configurations_with_and_without_their_comments() {
    for kind in SourceType::ALL {
        let example = Config::example(kind);
        let config = Config::parse(&example).unwrap();
        // A `#` without a space behind it hides a key, two spaces a key of a section; the latter may have comments of its own.
        let lines = example.lines().map(|line| match line.split_once('#') {
            Some((indent, rest)) if indent.trim().is_empty() && rest.starts_with("  ") => rest.to_owned(),
            Some((indent, rest)) if indent.trim().is_empty() && !rest.starts_with(' ') => format!("{indent}{rest}"),
            _ => line.to_owned(),
        });
        let uncommented = Config::parse(&lines.collect::<Vec<_>>().join("\n")).unwrap();
        assert_eq!(uncommented.max_new_per_run, Some(100));
        assert_eq!(uncommented.http.allow_private_hosts, Some(false));
        let defaults = Config {
            max_new_per_run: None,
            folder_thumbnail_url: String::new(),
            http: HttpConfig { allow_private_hosts: None, ..uncommented.http.clone() },
            sha256: config.sha256.clone(),
            ..uncommented
        };
        assert_eq!(defaults, config, "a comment shows something else than the default");
        assert_eq!(kind.as_str().parse::<SourceType>().unwrap(), kind);
    }
}

#[test]
fn an_unknown_key_is_answered_with_the_nearest_known_one() {
    for (wrong, key, near) in [
        ("folder_nme: x", "folder_nme", "folder_name"),
        ("publish_url_prefx: x", "publish_url_prefx", "publish_url_prefix"),
        ("base_url: x", "base_url", "djangoplicity.base_url"),
        ("astropix: {json_url: x}", "astropix.json_url", "astropix.json_query_url"),
        ("djangoplicity: {chanel_name: x}", "djangoplicity.chanel_name", "djangoplicity.channel_name"),
        ("http: {max_side: 5}", "http.max_side", "limits.max_side"),
        ("insecure_tls: true", "insecure_tls", "http.insecure_tls"),
        ("astropixx: {json_query_url: x}", "astropixx", "astropix"),
        ("Folder_Name: x", "Folder_Name", "folder_name"),
    ] {
        let message = refusal(&format!("# comment\n{MINIMAL}{wrong}"));
        assert_eq!(message, format!("line 6: unknown key `{key}`: did you mean `{near}`?"));
    }
    assert_eq!(refusal(&format!("{MINIMAL}colour: red")), "line 5: unknown key `colour`");
    assert_eq!(refusal(&format!("{MINIMAL}  recursive: true")), "line 5: unknown key `directory.recursive`");
    assert_eq!(refusal(&format!("{MINIMAL}1: x")), "line 5: unknown key `1`");
}

#[test]
fn a_missing_key_is_named_with_what_to_write() {
    assert!(refusal("").contains("`publish_url_prefix` is missing: write the URL"), "{}", refusal(""));
    let url = "publish_url_prefix: http://a/\n";
    for (text, key) in [
        ("", "source_type"),
        ("source_type:", "source_type"),
        ("source_type: astropix", "astropix.json_query_url"),
        ("source_type: astropix\nastropix:", "astropix.json_query_url"),
        ("source_type: djangoplicity\ndjangoplicity: {channel_name: c}", "djangoplicity.base_url"),
        ("source_type: djangoplicity\ndjangoplicity: {base_url: http://b/}", "djangoplicity.channel_name"),
        ("source_type: directory\ndirectory: {path: ''}", "directory.path"),
    ] {
        let message = refusal(&format!("{url}{text}"));
        assert!(message.contains(&format!("the key `{key}` is missing: write ")), "{message}");
    }
}

#[test]
fn a_value_that_cannot_be_used_is_named_with_its_line() {
    for (wrong, expected) in [
        ("folder_name: 2024", "`folder_name` must be text: put the value in quotes"),
        ("folder_name: {a: b}", "`folder_name` must be text"),
        ("folder_name: [a]", "`folder_name` must be text: put the value in quotes"),
        ("limits: 5", "`limits` is a section: write its keys indented on the lines below it"),
        ("limits: {max_side: wide}", "`limits.max_side` must be a whole number, without unit"),
        ("limits: {max_side: 1.5}", "`limits.max_side` must be a whole number, without unit"),
        ("limits: {max_side: 0}", "`limits.max_side` must be at least 1"),
        ("limits: {max_side: 4294967296}", "`limits.max_side` is too large: 4294967296"),
        ("approvals_required: 0", "`approvals_required` must be at least 1"),
        ("approvals_required: -1", "`approvals_required` must be at least 1"),
        ("max_new_per_run: 0", "`max_new_per_run` must be at least 1"),
        ("http: {insecure_tls: maybe}", "`http.insecure_tls` must be `true` or `false`"),
        ("site_layout: old", "`site_layout` is `old`, which is none of `skyfeed`, `toasty`"),
        ("cascade: fast", "`cascade` is `fast`, which is none of `compatible`, `alpha-weighted`"),
        ("tile_format: webp", "`tile_format` is `webp`, which is none of `png`, `jpg`"),
        ("compression: best", "`compression` is `best`, which is none of `fast`, `balanced`, `small`"),
        ("orientation: left", "`orientation` is `left`, which is none of `honor`, `ignore`"),
    ] {
        assert_eq!(refusal(&format!("{MINIMAL}{wrong}")), format!("line 5: {expected}"));
    }
    let message = refusal(&MINIMAL.replace("directory\n", "directry\n"));
    assert_eq!(
        message,
        "line 1: `source_type` is `directry`, which is none of `astropix`, `djangoplicity`, `directory`"
    );
}

#[test]
fn only_whole_urls_are_taken() {
    let with_prefix = |url: &str| MINIMAL.replace("https://data.example.org/feed/", url);
    for url in ["http://a", "https://a/b", "//a/b/", "http://a:8080/b/", "http://[::1]:80/"] {
        let config = Config::parse(&with_prefix(url)).unwrap();
        assert_eq!(config.publish_url_prefix, format!("{}/", url.trim_end_matches('/')));
    }
    for url in ["a/b", "/a/b", "ftp://a/", "file:///a", "http://", "//", "'http://a b/'", "http:\\\\a", "http://a:x/"] {
        let message = refusal(&with_prefix(url));
        assert!(message.starts_with("line 2: `publish_url_prefix` is "), "{message}");
        assert!(message.ends_with("write a whole URL such as `https://www.example.org/`"), "{message}");
    }
    for url in ["http://a/?b", "'http://a/#b'"] {
        assert!(refusal(&with_prefix(url)).contains("cannot hold `?` or `#`"));
    }
    assert!(refusal(&with_prefix("https://me:secret@a/")).ends_with("which holds a user name and would be published"));
    assert!(refusal(&format!("{MINIMAL}folder_thumbnail_url: thumb.jpg")).contains("`folder_thumbnail_url` is"));
}

#[test]
fn what_is_no_sensible_yaml_is_refused_in_bounded_time() {
    for text in ["a: [", "a: b: c", "- a\n- b", "just text", "a: 1\na: 2", "a: *b", "--- {}\n--- {}", "a: \0"] {
        let error = Config::parse(text).unwrap_err();
        assert!(matches!(error, ConfigError::Syntax(_) | ConfigError::NoKeys), "{text:?}: {error:?}");
    }
    let message = refusal(&format!("{MINIMAL}folder_name: [oh"));
    assert!(message.starts_with("the configuration is not usable YAML: ") && message.contains("line 5"), "{message}");

    assert!(matches!(Config::parse(&"#".repeat(1_000_001)), Err(ConfigError::Size { size_bytes: 1_000_001, .. })));
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb += &format!("a{level}: &a{level} [{aliases}]\n");
    }
    for text in [bomb, "[".repeat(900_000), "a: {".repeat(200_000), format!("{}: 1", "k".repeat(900_000))] {
        let start = std::time::Instant::now();
        assert!(Config::parse(&text).is_err());
        assert!(start.elapsed().as_secs() < 5, "{} s for {}", start.elapsed().as_secs(), &text[..40]);
    }
}
