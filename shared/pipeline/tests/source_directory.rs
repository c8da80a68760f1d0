//! A folder of images.

#![allow(clippy::unwrap_used, reason = "a test fails where it panics")]

use std::{fs, path::Path, sync::Arc};

use futures::StreamExt;
use serde_json::json;
use skyfeed_pipeline::{
    environment::Environment,
    record::{Candidate, FORMAT},
    source::{Arrival, Ask, Directory, Fetched, ImageSource, Offer},
};

mod support {
    pub(crate) mod feed;
    #[allow(dead_code, reason = "each test file uses a part")]
    pub(crate) mod walk;
}

fn folder_with(paths: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for path in paths {
        let file = folder.path().join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, path).unwrap();
    }
    folder
}

/// The id and path of every candidate.
async fn found(folder: &Path) -> Vec<(String, String)> {
    let line = |offer| match offer {
        Ok(Offer::Candidate(candidate) | Offer::Named { candidate, .. }) => {
            (candidate.id.to_string(), candidate.record["path"].as_str().unwrap().to_owned())
        }
        other => panic!("{other:?}"),
    };
    Directory::new(folder).offers().map(line).collect().await
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(id, path)| ((*id).to_owned(), (*path).to_owned())).collect()
}

#[tokio::test]
async fn images_are_found_by_their_extensions_at_every_depth() {
    let folder = folder_with(&[
        "b.JPG",
        "a.tiff",
        "c.Png",
        "m31/core.tif",
        "m31/deep/x y.jpeg",
        "notes.txt",
        "jpg",
        ".hidden.jpg",
        ".git/x.jpg",
        "d.jpg.part",
    ]);
    let expected = [
        ("a", "a.tiff"),
        ("b", "b.JPG"),
        ("c", "c.Png"),
        ("m31_core", "m31/core.tif"),
        ("m31_deep_x y", "m31/deep/x y.jpeg"),
    ];
    assert_eq!(found(folder.path()).await, pairs(&expected));
}

#[tokio::test]
async fn files_that_would_share_an_id_get_ids_of_their_own() {
    let folder = folder_with(&["a.jpg", "a.png", "b_c.jpg", "b/c.jpg", "d.tif"]);
    let first = found(folder.path()).await;
    let ids: std::collections::HashSet<_> = first.iter().map(|(id, _)| id).collect();
    assert_eq!(ids.len(), 5);
    assert!(
        first
            .iter()
            .all(|(id, path)| path == "d.tif" || id.len() == "a-01234567".len() || id.len() == "b_c-01234567".len())
    );
    assert_eq!(found(folder.path()).await, first);
}

#[cfg(unix)]
#[tokio::test]
async fn symbolic_links_are_not_followed() {
    let outside = folder_with(&["secret.jpg"]);
    let folder = folder_with(&["a.jpg"]);
    std::os::unix::fs::symlink(outside.path(), folder.path().join("link")).unwrap();
    std::os::unix::fs::symlink(outside.path().join("secret.jpg"), folder.path().join("link.jpg")).unwrap();
    assert_eq!(found(folder.path()).await, pairs(&[("a", "a.jpg")]));

    for path in ["link.jpg", "link/secret.jpg", "../x.jpg", "/etc/hostname", "b.jpg", "sub/../a.jpg"] {
        let candidate = Candidate { format: FORMAT, id: "x".parse().unwrap(), record: json!({ "path": path }) };
        assert!(Directory::new(folder.path()).fetch(&candidate, &Ask::default()).await.is_err(), "{path} was fetched");
    }
}

#[tokio::test]
async fn of_thousands_of_bad_names_the_first_are_told_and_none_hides_an_image() {
    let bad = (0..1_003).map(|n| format!("{}{n}.jpg", "a".repeat(210)));
    let paths: Vec<String> = bad.chain(["z.jpg".to_owned()]).collect();
    let folder = folder_with(&paths.iter().map(String::as_str).collect::<Vec<_>>());
    let offers: Vec<_> = Directory::new(folder.path()).offers().collect().await;
    assert_eq!(offers.iter().filter(|offer| offer.is_ok()).count(), 1);
    assert_eq!(offers.len(), 1_002);
    let last = offers[1_001].as_ref().unwrap_err().to_string();
    assert!(last.starts_with("`3 more` cannot be used"), "{last}");
}

#[tokio::test]
async fn names_that_make_no_id_are_errors_and_the_others_go_on() {
    let folder = folder_with(&["what?.jpg", "z.jpg", "index.wtml.png", &format!("{}.jpg", "x".repeat(220))]);
    let offers: Vec<_> = Directory::new(folder.path()).offers().collect().await;
    let errors: Vec<_> = offers.iter().filter_map(|offer| offer.as_ref().err()).map(ToString::to_string).collect();
    assert_eq!(errors.len(), 2);
    assert_eq!(errors[0], "`index.wtml.png` cannot be used: its name makes no image id; rename it");
    let ids: Vec<_> = offers
        .iter()
        .flatten()
        .map(|offer| match offer {
            Offer::Candidate(candidate) | Offer::Named { candidate, .. } => candidate.id.as_str(),
            Offer::Unusable(unusable) => unusable.id.as_str(),
        })
        .collect();
    assert_eq!(ids, ["what_", "z"]);
}

#[tokio::test]
async fn a_fetch_brings_the_file_and_no_record() {
    let folder = folder_with(&["m31/core.JPEG"]);
    let source = Directory::new(folder.path());
    let Some(Ok(Offer::Named { candidate, .. })) = source.offers().next().await else { panic!("nothing is offered") };
    let (name, bytes, record) = support::walk::image(&source, &candidate).await;
    assert_eq!((name.as_str(), &bytes[..], record), ("core.JPEG", &b"m31/core.JPEG"[..], None));
}

#[tokio::test]
async fn a_missing_folder_is_an_error_that_names_it() {
    let offers: Vec<_> = Directory::new("/nowhere/images").offers().collect().await;
    assert_eq!(offers[0].as_ref().unwrap_err().to_string(), "cannot read /nowhere/images");
}

#[tokio::test]
async fn an_image_keeps_its_id_when_a_neighbour_of_the_same_name_comes_or_goes() {
    let folder = folder_with(&["m31.jpg"]);
    let feed = support::feed::Feed::new("");
    let env = Environment { source: Arc::new(Directory::new(folder.path())), ..feed.environment() };
    let ids = async || -> Vec<String> {
        let offered = support::feed::ask(&env).await.unwrap();
        assert_eq!(offered.failures, []);
        let mut due: Vec<String> = offered.due.iter().map(ToString::to_string).collect();
        due.sort();
        due
    };
    assert_eq!(ids().await, ["m31"]);
    fs::write(folder.path().join("m31.tif"), "another").unwrap();
    let both = ids().await;
    assert!(both.len() == 2 && both[0] == "m31" && both[1].starts_with("m31-"), "{both:?}");
    fs::remove_file(folder.path().join("m31.jpg")).unwrap();
    assert_eq!(ids().await, both[1..], "the one that is left got the other's id");
}

#[tokio::test]
async fn a_file_that_is_known_does_not_come_again_until_it_changes() {
    let folder = folder_with(&["a.jpg"]);
    let source = Directory::new(folder.path());
    let Some(Ok(Offer::Named { candidate, .. })) = source.offers().next().await else { panic!("nothing is offered") };
    let version = async |ask: &Ask| match source.fetch(&candidate, ask).await.unwrap() {
        Fetched::Image(mut image) => match image.arrivals.next().await.unwrap().unwrap() {
            Arrival::Begin { version, .. } => Some(version),
            Arrival::Bytes(_) => panic!("nobody knows of what"),
        },
        Fetched::Unchanged { record: None } => None,
        other => panic!("{other:?}"),
    };
    let known = version(&Ask::default()).await;
    let ask = Ask { known, begun: None };
    assert_eq!(version(&ask).await, None);
    let file = fs::File::options().append(true).open(folder.path().join("a.jpg")).unwrap();
    file.set_modified(std::time::UNIX_EPOCH).unwrap();
    assert!(version(&ask).await.is_some(), "another time");
}

#[tokio::test]
async fn a_file_that_changes_while_it_is_read_may_be_read_later() {
    let folder = folder_with(&["a.jpg"]);
    let source = Directory::new(folder.path());
    let Some(Ok(Offer::Named { candidate, .. })) = source.offers().next().await else { panic!("nothing is offered") };
    let Fetched::Image(image) = source.fetch(&candidate, &Ask::default()).await.unwrap() else { panic!("no image") };
    fs::write(folder.path().join("a.jpg"), "longer than it was").unwrap();
    let error = support::walk::bytes(image).await.unwrap_err();
    assert!(error.is_transient(), "{error:?}");
}
