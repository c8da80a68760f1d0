//! What a store in S3 promises beside the contract of all stores.

use std::error::Error;

use anyhow::Result;
use bytes::Bytes;
use futures::future::join;
use skyfeed_aws::{S3Store, s3::Sizes};
use skyfeed_ports::store::{Body, Condition, Headers, Piece, Store, StoreError};
use skyfeed_tests_aws::{Emulator, Moto, cut::Cut};

const PNG: Headers = Headers { content_type: "image/png", cache_control: "public, max-age=31536000, immutable" };
const MIB: usize = 1 << 20;
/// The smallest parts that S3 takes, so that few megabytes are several parts.
const SMALL: Sizes = Sizes { part_bytes: 5 << 20, copy_bytes: 6 << 20, copy_part_bytes: 5 << 20 };

fn content(size: usize) -> Bytes {
    (0_u64..).map(|at| (at * at / 7) as u8).take(size).collect::<Vec<_>>().into()
}

async fn headers(moto: &Moto, store: &S3Store, key: &str) -> Result<(String, String)> {
    let head = moto.s3().head_object().bucket(store.bucket()).key(format!("{}{key}", store.prefix())).send().await?;
    Ok((head.content_type.unwrap_or_default(), head.cache_control.unwrap_or_default()))
}

async fn unfinished(moto: &Moto, bucket: &str) -> Result<usize> {
    Ok(moto.s3().list_multipart_uploads().bucket(bucket).send().await?.uploads().len())
}

fn png() -> (String, String) {
    (PNG.content_type.to_owned(), PNG.cache_control.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn large_objects_keep_their_headers_and_conditions_wherever_they_go() -> Result<()> {
    let moto = Moto::start()?;
    let store = moto.store("work-bucket", "feed").await?.with_sizes(SMALL);
    let site = moto.store("site-bucket", "").await?.with_sizes(SMALL);
    for size in [MIB, 11 * MIB + 1] {
        let bytes = content(size);
        let etag = store.put("a b+c", Body::Bytes(&bytes), PNG, Condition::IfAbsent).await?;
        assert_eq!(etag.0.contains('-'), size > MIB, "{size}: {etag:?}");
        let from = store.head("a b+c").await?.expect("not there");
        store.copy_to(&from, &site, "ü/copy", PNG).await?;
        for (store, key) in [(&store, "a b+c"), (&site, "ü/copy")] {
            assert!(store.get(key).await?.expect("not there").bytes == bytes, "{size} at {key}");
            assert_eq!(headers(&moto, store, key).await?, png(), "{size} at {key}");
        }

        let again = store.put("a b+c", Body::Bytes(&bytes), PNG, Condition::IfAbsent).await;
        assert!(matches!(again, Err(StoreError::Precondition { .. })), "{again:?}");
        store.put("a b+c", Body::Bytes(&content(10)), PNG, Condition::IfMatch(etag.clone())).await?;
        let late = store.put("a b+c", Body::Bytes(&bytes), PNG, Condition::IfMatch(etag)).await;
        assert!(matches!(late, Err(StoreError::Precondition { .. })), "{late:?}");
        let gone = store.copy_to(&from, &site, "ü/copy", PNG).await;
        assert!(matches!(gone, Err(StoreError::Precondition { .. })), "{gone:?}");
        store.delete(&["a b+c".to_owned()]).await?;
    }
    assert_eq!((unfinished(&moto, "work-bucket").await?, unfinished(&moto, "site-bucket").await?), (0, 0));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_large_puts_at_once_one_takes_place_and_the_other_leaves_no_parts() -> Result<()> {
    let moto = Moto::start()?;
    let store = moto.store("race-bucket", "").await?.with_sizes(SMALL);
    let (one, two) = (content(11 * MIB), content(12 * MIB));
    let first = store.put("first", Body::Bytes(&content(1)), PNG, Condition::Always).await?;
    for (key, condition) in [("new", Condition::IfAbsent), ("first", Condition::IfMatch(first))] {
        let (a, b) = join(
            store.put(key, Body::Bytes(&one), PNG, condition.clone()),
            store.put(key, Body::Bytes(&two), PNG, condition),
        )
        .await;
        let winner = if a.is_ok() { &one } else { &two };
        let loser = if a.is_ok() { b } else { a };
        assert!(matches!(loser, Err(StoreError::Precondition { .. })), "{key}: {loser:?}");
        assert!(store.get(key).await?.expect("not there").bytes == *winner, "{key}");
    }
    assert_eq!(unfinished(&moto, "race-bucket").await?, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_composed_has_its_headers_and_what_is_not_leaves_no_parts() -> Result<()> {
    let moto = Moto::start()?;
    let store = moto.store("pieces-bucket", "été 1").await?.with_sizes(SMALL);
    let bytes = content(11 * MIB + 1);
    store.put("a b+c", Body::Bytes(&bytes), PNG, Condition::Always).await?;
    let from = store.head("a b+c").await?.expect("not there");
    let large = Piece::whole(&from);
    for pieces in [vec![Piece::Bytes(content(MIB))], vec![Piece::Bytes(content(MIB)), large.clone(), large.clone()]] {
        let etag = store.compose("ü/new", &pieces, PNG, Condition::Always).await?;
        assert_eq!(etag.0.contains('-'), pieces.len() > 1, "{etag:?}");
        assert_eq!(headers(&moto, &store, "ü/new").await?, png());
    }

    // A content that a part of was copied already when another part turned out to be gone.
    let late = store.put("late", Body::Bytes(&content(6 * MIB)), PNG, Condition::Always).await?;
    let gone = Piece::Range { key: "late".to_owned(), etag: late, range: 0..6 << 20 };
    store.put("late", Body::Bytes(&content(3)), PNG, Condition::Always).await?;
    let failed = store.compose("ü/new", &[large, gone], PNG, Condition::Always).await;
    assert!(matches!(&failed, Err(StoreError::Precondition { key }) if key == "late"), "{failed:?}");
    assert_eq!(unfinished(&moto, "pieces-bucket").await?, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_between_two_services_goes_through_here() -> Result<()> {
    let (here, there) = (Moto::start()?, Moto::start()?);
    let store = here.store("here-bucket", "").await?.with_sizes(SMALL);
    let target = there.store("there-bucket", "").await?.with_sizes(SMALL);
    for size in [10, 6 * MIB] {
        let bytes = content(size);
        store.put("a", Body::Bytes(&bytes), PNG, Condition::Always).await?;
        let from = store.head("a").await?.expect("not there");
        store.copy_to(&from, &target, "b", PNG).await?;
        assert!(target.get("b").await?.expect("not there").bytes == bytes, "{size}");
        assert_eq!(headers(&there, &target, "b").await?, png());
        store.put("a", Body::Bytes(&content(3)), PNG, Condition::Always).await?;
        let gone = store.copy_to(&from, &target, "b", PNG).await;
        assert!(matches!(gone, Err(StoreError::Precondition { .. })), "{gone:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_goes_on_where_its_connection_broke() -> Result<()> {
    let moto = Moto::start()?;
    let direct = moto.store("cut-bucket", "").await?;
    let bytes = content(3 * MIB);
    direct.put("a", Body::Bytes(&bytes), PNG, Condition::Always).await?;
    let folder = tempfile::tempdir()?;

    let cut = Cut::start(moto.port(), 3, MIB).await?;
    let store = S3Store::from_url("s3://cut-bucket", &moto.config_at(&cut.url()))?;
    let file = folder.path().join("a");
    store.get_to_file("a", &file).await?.expect("not there");
    assert!(std::fs::read(&file)? == bytes);
    assert_eq!(cut.left(), 0, "the connection was not cut as often as it was to be");

    // Cut for ever: a clear end, and no file.
    let cut = Cut::start(moto.port(), usize::MAX, 100).await?;
    let store = S3Store::from_url("s3://cut-bucket", &moto.config_at(&cut.url()))?;
    let file = folder.path().join("b");
    let error = store.get_to_file("a", &file).await.expect_err("copied");
    assert!(error.is_transient(), "{error:?}");
    assert_eq!(std::fs::read_dir(folder.path())?.count(), 1, "something is left of `b`");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_no_key_can_have_are_not_listed() -> Result<()> {
    let moto = Moto::start()?;
    let store = moto.store("foreign-bucket", "feed").await?;
    for key in [
        "feed/inbox/",
        "feed/inbox//a",
        "feed/a/../b",
        "feed/.skyfeed/x",
        "feed/inbox/a b+c%20",
        "feed/x\u{1}y",
        "feed/inbox/.DS_Store",
        "feed/.hidden/b",
        "feed/inbox/Thumbs.db",
    ] {
        moto.s3().put_object().bucket("foreign-bucket").key(key).send().await?;
    }
    let listed = store.list("", false).await?;
    let keys: Vec<_> = listed.objects.iter().map(|object| object.key.as_str()).collect();
    assert_eq!(keys, ["inbox/a b+c%20"]);
    assert_eq!(store.list("inbox/", true).await?.prefixes, [""; 0]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_said_and_whether_it_may_pass() -> Result<()> {
    let moto = Moto::start()?;
    let missing = S3Store::from_url("s3://missing-bucket", &moto.config())?;
    for error in [missing.get("a").await.map(drop), missing.list("", false).await.map(drop)] {
        let error = error.expect_err("there is such a bucket");
        let cause = error.source().expect("no cause").to_string();
        assert!(!error.is_transient() && cause.contains("NoSuchBucket"), "{error}: {cause}");
    }
    let nobody = S3Store::from_url("s3://a-bucket", &moto.config_at("http://127.0.0.1:1"))?;
    let error = nobody.get("a").await.expect_err("somebody listens on port 1");
    assert!(error.is_transient(), "{error:?}");

    let deep = S3Store::from_url(&format!("s3://a-bucket/{}", "p/".repeat(400)), &moto.config())?;
    let error = deep.get(&"k/".repeat(120)[..239]).await.expect_err("a key of 1039 bytes");
    assert!(matches!(error, StoreError::Key { .. }), "{error:?}");
    Ok(())
}
