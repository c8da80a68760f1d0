//! List.

use futures::{StreamExt, stream};

use super::{Condition, Listing, Store, StoreError, delete, keys, put};

pub(super) async fn run(store: &dyn Store) -> Result<(), StoreError> {
    prefixes_are_folders(store).await?;
    many_keys_come_complete_and_in_order(store).await
}

async fn prefixes_are_folders(store: &dyn Store) -> Result<(), StoreError> {
    // `-` and `.` stand before `/`, `0` behind it: the order is that of whole keys.
    let all = ["a-b/1", "a.json", "a/b/c/2", "a/b/c/d/3", "a/b0", "a/z", "a0", "é/1"];
    for key in all.iter().rev() {
        put(store, key, key, Condition::Always).await?;
    }
    assert_eq!(keys(&store.list("", false).await?), all);
    assert_eq!(keys(&store.list("a/", false).await?), ["a/b/c/2", "a/b/c/d/3", "a/b0", "a/z"]);
    assert_eq!(keys(&store.list("a/b/", false).await?), ["a/b/c/2", "a/b/c/d/3"]);

    let top = store.list("", true).await?;
    assert_eq!((keys(&top), &top.prefixes[..]), (vec!["a.json", "a0"], &["a-b/", "a/", "é/"].map(String::from)[..]));
    let below = store.list("a/", true).await?;
    assert_eq!((keys(&below), &below.prefixes[..]), (vec!["a/b0", "a/z"], &["a/b/".to_owned()][..]));
    for object in store.list("", false).await?.objects {
        assert_eq!(Some(&object), store.head(&object.key).await?.as_ref(), "list and head disagree");
    }

    for nothing in ["none/", "a.json/", "a/z/"] {
        for delimited in [false, true] {
            assert_eq!(store.list(nothing, delimited).await?, Listing::default(), "{nothing}");
        }
    }
    delete(store, &all).await?;
    assert_eq!(store.list("", true).await?, Listing::default(), "a prefix without objects");
    Ok(())
}

/// More than the thousand that a page of S3 holds.
async fn many_keys_come_complete_and_in_order(store: &dyn Store) -> Result<(), StoreError> {
    let mut all: Vec<String> = (0..2100).map(|number| format!("many/{}/L{number}.png", number % 7)).collect();
    let puts = stream::iter(&all).map(|key| put(store, key, "x", Condition::Always)).buffer_unordered(16);
    for result in puts.collect::<Vec<_>>().await {
        result?;
    }
    all.sort();
    assert_eq!(keys(&store.list("many/", false).await?), all);
    let folders = store.list("many/", true).await?;
    assert_eq!((folders.objects.len(), folders.prefixes.len()), (0, 7));
    store.delete(&all).await
}
