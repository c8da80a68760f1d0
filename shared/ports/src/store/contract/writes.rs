//! Put and delete.

use std::collections::HashSet;

use bytes::Bytes;
use futures::future::join_all;

use super::{Body, Condition, ETag, HEADERS, Store, StoreError, delete, get, head, put, temporary_file};

/// How many callers race.
const CALLERS: usize = 32;
/// More than the size from which object stores take uploads in parts.
const LARGE_BYTES: usize = 9_000_001;

pub(super) async fn run(store: &dyn Store) -> Result<(), StoreError> {
    conditions_are_kept(store).await?;
    every_content_has_its_own_tag(store).await?;
    one_of_many_creates(store).await?;
    one_of_many_replaces(store).await?;
    concurrent_increments_are_all_counted(store).await?;
    empty_and_large_objects_are_whole(store).await?;
    readers_see_whole_objects_only(store).await?;
    a_failed_put_changes_nothing(store).await?;
    deletes_can_be_repeated(store).await?;
    puts_and_deletes_side_by_side_do_not_fail(store).await
}

fn refused(result: Result<ETag, StoreError>) -> bool {
    match result {
        Ok(_) => false,
        Err(StoreError::Precondition { .. }) => true,
        Err(other) => panic!("neither done nor refused: {other:?}"),
    }
}

async fn conditions_are_kept(store: &dyn Store) -> Result<(), StoreError> {
    let unknown = ETag("\"0123456789abcdef\"".to_owned());
    assert!(refused(put(store, "c", "never", Condition::IfMatch(unknown)).await));
    assert_eq!(store.head("c").await?, None);

    let first = put(store, "c", "one", Condition::IfAbsent).await?;
    assert!(refused(put(store, "c", "never", Condition::IfAbsent).await));
    assert_eq!(get(store, "c").await?.bytes, "one");

    let second = put(store, "c", "two", Condition::IfMatch(first.clone())).await?;
    assert_ne!(first, second);
    assert!(refused(put(store, "c", "never", Condition::IfMatch(first)).await));
    assert_eq!(get(store, "c").await?.bytes, "two");

    let third = put(store, "c", "three", Condition::Always).await?;
    assert!(refused(put(store, "c", "never", Condition::IfMatch(second)).await));
    delete(store, &["c"]).await?;
    assert!(refused(put(store, "c", "never", Condition::IfMatch(third)).await));
    put(store, "c", "again", Condition::IfAbsent).await?;
    delete(store, &["c"]).await
}

/// Contents of one size, as fast as they can be written, so that times and reused numbers of files must not be mistaken for tags.
async fn every_content_has_its_own_tag(store: &dyn Store) -> Result<(), StoreError> {
    let mut tags = HashSet::new();
    for number in 0..200 {
        let etag = put(store, "tagged", &format!("{number:03}"), Condition::Always).await?;
        assert_eq!(head(store, "tagged").await?.etag, etag, "put and head disagree");
        assert!(tags.insert(etag), "content {number} has a tag that an older one had");
        if number % 3 == 0 {
            delete(store, &["tagged"]).await?;
        }
    }
    delete(store, &["tagged"]).await
}

async fn one_of_many_creates(store: &dyn Store) -> Result<(), StoreError> {
    for round in 0..4 {
        let key = format!("race/{round}/created");
        let contents: Vec<String> = (0..CALLERS).map(|caller| format!("caller {caller}")).collect();
        let puts = contents.iter().map(|content| put(store, &key, content, Condition::IfAbsent));
        let winner = only_winner(join_all(puts).await);
        assert_eq!(get(store, &key).await?.bytes, contents[winner]);
        delete(store, &[&key]).await?;
    }
    Ok(())
}

async fn one_of_many_replaces(store: &dyn Store) -> Result<(), StoreError> {
    let mut etag = put(store, "replaced", "at first", Condition::Always).await?;
    for round in 0..4 {
        let contents: Vec<String> = (0..CALLERS).map(|caller| format!("caller {caller} in {round}")).collect();
        let puts = contents.iter().map(|content| put(store, "replaced", content, Condition::IfMatch(etag.clone())));
        let winner = only_winner(join_all(puts).await);
        let object = get(store, "replaced").await?;
        assert_eq!(object.bytes, contents[winner]);
        etag = object.meta.etag;
    }
    delete(store, &["replaced"]).await
}

fn only_winner(results: Vec<Result<ETag, StoreError>>) -> usize {
    let refusals: Vec<bool> = results.into_iter().map(refused).collect();
    let winners: Vec<usize> = (0..refusals.len()).filter(|caller| !refusals[*caller]).collect();
    assert_eq!(winners.len(), 1, "exactly one must win, not {winners:?}");
    winners[0]
}

/// A lost update would be a number too low.
async fn concurrent_increments_are_all_counted(store: &dyn Store) -> Result<(), StoreError> {
    put(store, "counter", "0", Condition::Always).await?;
    let increments = (0..16).map(|_| async {
        loop {
            let object = get(store, "counter").await?;
            let count: u32 = String::from_utf8_lossy(&object.bytes).parse().unwrap_or(u32::MAX);
            match put(store, "counter", &(count + 1).to_string(), Condition::IfMatch(object.meta.etag)).await {
                Ok(_) => return Ok::<(), StoreError>(()),
                result => assert!(refused(result)),
            }
        }
    });
    for result in join_all(increments).await {
        result?;
    }
    assert_eq!(get(store, "counter").await?.bytes, "16");
    delete(store, &["counter"]).await
}

async fn empty_and_large_objects_are_whole(store: &dyn Store) -> Result<(), StoreError> {
    for size in [0, LARGE_BYTES] {
        let content: Vec<u8> = (0_u64..).map(|at| (at * at / 7) as u8).take(size).collect();
        let (_folder, file) = temporary_file(&content);
        let from_file = store.put("sized", Body::File(&file), HEADERS, Condition::Always).await?;
        let object = get(store, "sized").await?;
        assert!(object.bytes == content, "{size} bytes from a file came back different");
        assert_eq!((object.meta.size_bytes, &object.meta.etag), (size as u64, &from_file));

        let bytes = Bytes::from(content);
        store.put("sized", Body::Bytes(&bytes), HEADERS, Condition::IfMatch(from_file)).await?;
        assert!(get(store, "sized").await?.bytes == bytes, "{size} bytes from memory came back different");
        delete(store, &["sized"]).await?;
    }
    Ok(())
}

async fn readers_see_whole_objects_only(store: &dyn Store) -> Result<(), StoreError> {
    let contents = [vec![b'a'; 300_000], vec![b'b'; 200_000]].map(Bytes::from);
    store.put("seen", Body::Bytes(&contents[0]), HEADERS, Condition::Always).await?;
    let writes = async {
        for turn in 0..20 {
            store.put("seen", Body::Bytes(&contents[turn % 2]), HEADERS, Condition::Always).await?;
        }
        Ok::<(), StoreError>(())
    };
    let reads = async {
        for _ in 0..40 {
            let object = get(store, "seen").await?;
            assert!(contents.contains(&object.bytes), "a part of an object was read");
            assert_eq!(object.meta.size_bytes, object.bytes.len() as u64);
        }
        Ok::<(), StoreError>(())
    };
    futures::future::try_join(writes, reads).await?;
    delete(store, &["seen"]).await
}

async fn a_failed_put_changes_nothing(store: &dyn Store) -> Result<(), StoreError> {
    let (folder, _) = temporary_file(b"");
    let missing = folder.path().join("missing");
    let etag = put(store, "kept", "kept", Condition::Always).await?;
    assert!(store.put("kept", Body::File(&missing), HEADERS, Condition::Always).await.is_err());
    assert!(store.put("new", Body::File(&missing), HEADERS, Condition::Always).await.is_err());
    assert_eq!(head(store, "kept").await?.etag, etag);
    assert_eq!(store.head("new").await?, None);
    delete(store, &["kept"]).await
}

async fn deletes_can_be_repeated(store: &dyn Store) -> Result<(), StoreError> {
    for key in ["d/1", "d/2", "d/deep/er/3"] {
        put(store, key, "x", Condition::Always).await?;
    }
    delete(store, &[]).await?;
    delete(store, &["d", "d/deep", "d/1/below", "d/none"]).await?;
    assert_eq!(store.list("d/", false).await?.objects.len(), 3, "only whole keys are deleted");
    for _ in 0..2 {
        delete(store, &["d/1", "d/none", "d/deep/er/3", "d/1"]).await?;
        assert_eq!(super::keys(&store.list("d/", false).await?), ["d/2"]);
    }
    delete(store, &["d/2"]).await
}

async fn puts_and_deletes_side_by_side_do_not_fail(store: &dyn Store) -> Result<(), StoreError> {
    let callers = (0..CALLERS).map(|caller| async move {
        let key = format!("shared/folder/{caller}");
        for _ in 0..10 {
            put(store, &key, "x", Condition::Always).await?;
            delete(store, &[&key]).await?;
        }
        Ok::<(), StoreError>(())
    });
    for result in join_all(callers).await {
        result?;
    }
    Ok(())
}
