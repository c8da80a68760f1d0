//! What a store in a folder does beyond the contract of all stores.

use std::{
    fs,
    io::Write,
    path::Path,
    process::Command,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use skyfeed_ports::store::{Body, Condition, ETag, Headers, Listing, LocalStore, MemoryStore, Store, StoreError};

const HEADERS: Headers = Headers { content_type: "text/plain", cache_control: "no-cache" };

async fn put(store: &dyn Store, key: &str, content: &str, condition: Condition) -> Result<ETag, StoreError> {
    store.put(key, Body::Bytes(&Bytes::copy_from_slice(content.as_bytes())), HEADERS, condition).await
}

async fn keys(store: &dyn Store, prefix: &str) -> Result<Vec<String>, StoreError> {
    Ok(store.list(prefix, false).await?.objects.into_iter().map(|meta| meta.key).collect())
}

#[track_caller]
fn key_problem<T: std::fmt::Debug>(result: Result<T, StoreError>) -> &'static str {
    match result {
        Err(StoreError::Key { problem, .. }) => problem,
        other => panic!("not refused for its key: {other:?}"),
    }
}

/// The files in the store's folder for temporary files.
fn temporary_files(root: &Path) -> usize {
    fs::read_dir(root.join(".skyfeed/tmp")).map_or(0, Iterator::count)
}

#[tokio::test]
async fn objects_are_plain_files_and_plain_files_are_objects() {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalStore::open(&folder.path().join("new/root")).unwrap();
    put(&store, "inbox/a b/ü.jpg", "ours", Condition::Always).await.unwrap();
    assert_eq!(fs::read(store.root().join("inbox/a b/ü.jpg")).unwrap(), b"ours");

    fs::create_dir(store.root().join("inbox/theirs")).unwrap();
    fs::write(store.root().join("inbox/theirs/b.png"), "theirs").unwrap();
    assert_eq!(store.get("inbox/theirs/b.png").await.unwrap().unwrap().bytes, "theirs");
    assert_eq!(keys(&store, "inbox/").await.unwrap(), ["inbox/a b/ü.jpg", "inbox/theirs/b.png"]);
}

#[cfg(unix)]
#[tokio::test]
async fn others_can_read_an_object_as_any_new_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let store = LocalStore::open(folder.path()).unwrap();
    let (private, plain) = (tempfile::NamedTempFile::new().unwrap(), folder.path().join("plain"));
    fs::write(&plain, "").unwrap();
    put(&store, "bytes", "x", Condition::Always).await.unwrap();
    store.put("file", Body::File(private.path()), HEADERS, Condition::Always).await.unwrap();
    let mode = |name: &str| fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
    assert_eq!([mode("bytes"), mode("file")], [mode("plain"); 2]);
}

#[cfg(unix)]
#[tokio::test]
async fn symbolic_links_are_not_followed() {
    use std::os::unix::fs::symlink;
    let (folder, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = LocalStore::open(folder.path()).unwrap();
    fs::write(outside.path().join("secret"), "secret").unwrap();
    symlink(outside.path(), folder.path().join("out")).unwrap();
    symlink(outside.path().join("secret"), folder.path().join("file")).unwrap();
    symlink("nowhere", folder.path().join("dangling")).unwrap();
    put(&store, "good", "good", Condition::Always).await.unwrap();
    let good = store.head("good").await.unwrap().unwrap();
    let new = outside.path().join("new");

    for key in ["out/secret", "out/new/deep", "file", "dangling"] {
        let problem = "a part of it is a symbolic link";
        assert_eq!(key_problem(store.head(key).await), problem);
        assert_eq!(key_problem(store.get(key).await), problem);
        assert_eq!(key_problem(store.get_to_file(key, &new).await), problem);
        assert_eq!(key_problem(put(&store, key, "x", Condition::Always).await), problem);
        assert_eq!(key_problem(store.copy_to(&good, &store, key, HEADERS).await), problem);
        assert_eq!(key_problem(store.delete(&[key.to_owned()]).await), problem);
    }
    assert_eq!(key_problem(store.list("out/", false).await), "a part of it is a symbolic link");
    assert_eq!(keys(&store, "").await.unwrap(), ["good"]);
    assert_eq!(store.list("", true).await.unwrap().prefixes, [""; 0]);
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 1, "something was written outside");

    let link = outside.path().join("root");
    symlink(folder.path(), &link).unwrap();
    let through_link = LocalStore::open(&link).unwrap();
    assert_eq!(through_link.head("good").await.unwrap(), Some(good), "the root itself may be a link");
}

#[cfg(unix)]
#[tokio::test]
async fn what_no_key_can_name_is_not_listed() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    let store = LocalStore::open(folder.path()).unwrap();
    for name in [&b"back\\slash"[..], b"line\nbreak", b"not utf-8 \xff", b".skyfeed-other", b".Trash-1000"] {
        let path = folder.path().join(std::ffi::OsStr::from_bytes(name));
        fs::create_dir(&path).unwrap();
        fs::write(path.join("a"), "x").unwrap();
    }
    fs::create_dir_all(folder.path().join("empty/folders")).unwrap();
    for name in [".DS_Store", "._image.tif", "desktop.ini", "THUMBS.DB", ".hidden"] {
        fs::write(folder.path().join("empty").join(name), "x").unwrap();
    }
    assert!(Command::new("mkfifo").arg(folder.path().join("pipe")).status().unwrap().success());
    for delimited in [false, true] {
        assert_eq!(store.list("", delimited).await.unwrap(), Listing::default());
    }
    assert!(store.get("pipe").await.unwrap().is_none(), "reading it would wait for ever");
    assert_eq!(key_problem(put(&store, "pipe", "x", Condition::Always).await), "it is neither a file nor a folder");
}

/// Paths of more than 4095 bytes cannot be opened, by nobody. They come about when a folder is moved below another one.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_folder_that_cannot_be_listed_is_named() {
    let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let name = "n".repeat(250);
    let mut root = folder.path().to_owned();
    while root.as_os_str().len() < 3400 {
        root.push(&name);
    }
    fs::create_dir_all(root.join("decisions/p0")).unwrap();
    fs::create_dir_all(elsewhere.path().join([&*name, &*name, &*name].join("/"))).unwrap();
    fs::rename(elsewhere.path().join(&name), root.join("decisions/p0").join(&name)).unwrap();
    let folders = (1..=3).map(|depth| format!("decisions/p0{}", format!("/{name}").repeat(depth)));
    let shut = folders.into_iter().find(|key| fs::read_dir(root.join(key)).is_err()).unwrap();

    let store = LocalStore::open(&root).unwrap();
    for prefix in ["", "decisions/", "decisions/p0/"] {
        for delimited in [false, true] {
            let error = store.list(prefix, delimited).await.unwrap_err();
            assert_eq!(error.to_string(), format!("cannot list `{shut}/`"), "below `{prefix}`");
        }
    }
}

#[tokio::test]
async fn a_key_cannot_be_an_object_and_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalStore::open(folder.path()).unwrap();
    put(&store, "a/b", "x", Condition::Always).await.unwrap();
    let good = store.head("a/b").await.unwrap().unwrap();
    for condition in [Condition::Always, Condition::IfAbsent] {
        assert_eq!(key_problem(put(&store, "a", "y", condition.clone()).await), "it is a folder already");
        let below = put(&store, "a/b/c/d", "y", condition).await;
        assert_eq!(key_problem(below), "one of its folders is an object already");
    }
    assert_eq!(key_problem(store.copy_to(&good, &store, "a", HEADERS).await), "it is a folder already");
    assert_eq!(store.get("a/b").await.unwrap().unwrap().bytes, "x");
    assert_eq!(temporary_files(folder.path()), 0);

    fs::create_dir_all(folder.path().join("left/over")).unwrap();
    put(&store, "left/over", "y", Condition::IfAbsent).await.unwrap();
    assert_eq!(store.get("left/over").await.unwrap().unwrap().bytes, "y", "an empty folder is nothing");
}

#[tokio::test]
async fn a_delete_leaves_no_empty_folders_but_the_root() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root");
    let store = LocalStore::open(&root).unwrap();
    put(&store, "a/b/c/1", "x", Condition::Always).await.unwrap();
    put(&store, "a/2", "x", Condition::Always).await.unwrap();
    store.delete(&["a/b/c/1".to_owned()]).await.unwrap();
    assert!(!root.join("a/b").exists() && root.join("a/2").exists());

    store.delete(&["a/2".to_owned()]).await.unwrap();
    fs::remove_dir_all(root.join(".skyfeed")).unwrap();
    assert_eq!(fs::read_dir(&root).unwrap().count(), 0);
    put(&store, "again", "x", Condition::IfAbsent).await.unwrap();
    store.delete(&["again".to_owned()]).await.unwrap();
    assert!(root.exists());
}

#[tokio::test]
async fn a_put_that_fails_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalStore::open(folder.path()).unwrap();
    let error = store.put("a/b", Body::File(Path::new("/no/such/file")), HEADERS, Condition::Always).await.unwrap_err();
    assert_eq!(error.to_string(), "cannot write `a/b`");
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.starts_with("/no/such/file: "), "{cause}");
    assert!(!error.is_transient());

    put(&store, "c", "x", Condition::Always).await.unwrap();
    assert!(put(&store, "c", "y", Condition::IfAbsent).await.is_err());
    assert!(put(&store, "d/e", "y", Condition::IfMatch(ETag("none".to_owned()))).await.is_err());
    assert_eq!(keys(&store, "").await.unwrap(), ["c"]);
    assert!(!folder.path().join("a").exists() && !folder.path().join("d").exists());
    assert_eq!(temporary_files(folder.path()), 0);
}

#[tokio::test]
async fn what_killed_processes_left_is_cleared_away_after_days() {
    let folder = tempfile::tempdir().unwrap();
    let temporary = folder.path().join(".skyfeed/tmp");
    fs::create_dir_all(&temporary).unwrap();
    for (name, age_h) in [("old", 49), ("in use", 47)] {
        let file = fs::File::create(temporary.join(name)).unwrap();
        file.set_modified(std::time::SystemTime::now() - Duration::from_hours(age_h)).unwrap();
    }
    LocalStore::open(folder.path()).unwrap();
    assert!(!temporary.join("old").exists() && temporary.join("in use").exists());
}

#[tokio::test]
async fn a_change_by_another_program_changes_the_tag() {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalStore::open(folder.path()).unwrap();
    let etag = put(&store, "a", "1", Condition::Always).await.unwrap();
    // Written in place: the same inode and size.
    fs::write(folder.path().join("a"), "2").unwrap();
    assert!(put(&store, "a", "3", Condition::IfMatch(etag)).await.is_err());
    assert_eq!(store.get("a").await.unwrap().unwrap().bytes, "2");
}

#[tokio::test]
async fn copies_go_from_folder_to_folder() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let work = LocalStore::open(folders[0].path()).unwrap();
    let site = LocalStore::open(folders[1].path()).unwrap();
    put(&work, "staged/a/L0X0Y0.png", "tile", Condition::Always).await.unwrap();
    let tile = work.head("staged/a/L0X0Y0.png").await.unwrap().unwrap();
    work.copy_to(&tile, &site, "a/L0X0Y0.png", HEADERS).await.unwrap();
    // Written in place by another program: it must not show through in the copy.
    fs::write(folders[0].path().join("staged/a/L0X0Y0.png"), "ELIT").unwrap();
    assert_eq!(site.get("a/L0X0Y0.png").await.unwrap().unwrap().bytes, "tile");
    let changed = work.copy_to(&tile, &site, "a/L0X0Y0.png", HEADERS).await;
    assert!(matches!(changed, Err(StoreError::Precondition { key }) if key == "staged/a/L0X0Y0.png"));
    assert_eq!(folders.map(|folder| temporary_files(folder.path())), [0, 0]);
}

/// What was seen is copied whole or not at all, while others replace it as fast as they can.
#[tokio::test(flavor = "multi_thread")]
async fn a_copy_is_of_the_content_that_was_seen() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(LocalStore::open(folder.path()).unwrap());
    put(&*store, "from", "0000", Condition::Always).await.unwrap();
    let writer = tokio::spawn({
        let store = Arc::clone(&store);
        async move {
            for number in 1..2000 {
                put(&*store, "from", &format!("{number:04}"), Condition::Always).await.unwrap();
            }
        }
    });
    let target = MemoryStore::default();
    let mut copied = 0;
    while !writer.is_finished() {
        let seen = store.get("from").await.unwrap().unwrap();
        match store.copy_to(&seen.meta, &target, "to", HEADERS).await {
            Ok(()) => {
                assert_eq!(target.get("to").await.unwrap().unwrap().bytes, seen.bytes);
                copied += 1;
            }
            Err(error) => assert!(matches!(error, StoreError::Precondition { .. }), "{error:?}"),
        }
    }
    writer.await.unwrap();
    assert!(copied > 0);
}

const SHARED_ROOT: &str = "SKYFEED_TEST_SHARED_ROOT";

/// A lost update would be a number too low. Runs itself as the other processes.
#[tokio::test]
async fn increments_of_several_processes_are_all_counted() {
    const PROCESSES: usize = 4;
    const INCREMENTS: usize = 50;
    if let Some(root) = std::env::var_os(SHARED_ROOT) {
        let store = LocalStore::open(Path::new(&root)).unwrap();
        for _ in 0..INCREMENTS {
            while let Err(error) = increment(&store).await {
                assert!(matches!(error, StoreError::Precondition { .. }), "{error:?}");
            }
        }
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let store = LocalStore::open(folder.path()).unwrap();
    put(&store, "counter", "0", Condition::Always).await.unwrap();
    let run = || {
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "increments_of_several_processes_are_all_counted"])
            .env(SHARED_ROOT, folder.path())
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap()
    };
    for mut process in (0..PROCESSES).map(|_| run()).collect::<Vec<_>>() {
        assert!(process.wait().unwrap().success());
    }
    let count = store.get("counter").await.unwrap().unwrap().bytes;
    assert_eq!(count, (PROCESSES * INCREMENTS).to_string());
}

async fn increment(store: &LocalStore) -> Result<(), StoreError> {
    let object = store.get("counter").await?.unwrap_or_else(|| panic!("the counter is gone"));
    let count: usize = String::from_utf8_lossy(&object.bytes).parse().unwrap_or_else(|_| panic!("a part was read"));
    put(store, "counter", &(count + 1).to_string(), Condition::IfMatch(object.meta.etag)).await.map(drop)
}

/// The lock is that of a process that was stopped while it held it.
#[tokio::test]
async fn a_lock_that_is_not_given_back_is_an_error_that_may_pass() {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalStore::open(folder.path()).unwrap();
    put(&store, "a", "1", Condition::Always).await.unwrap();
    let locks: Vec<_> = fs::read_dir(folder.path().join(".skyfeed/locks")).unwrap().collect();
    assert_eq!(locks.len(), 1);
    let held = fs::File::open(locks.into_iter().next().unwrap().unwrap().path()).unwrap();
    held.lock().unwrap();

    let start = Instant::now();
    put(&store, "b", "1", Condition::Always).await.unwrap();
    assert_eq!(store.get("a").await.unwrap().unwrap().bytes, "1", "readers take no lock");
    assert!(start.elapsed() < Duration::from_secs(5), "others waited too");
    let gone = ["a".to_owned()];
    let (written, deleted) = tokio::join!(put(&store, "a", "2", Condition::Always), store.delete(&gone));
    assert!(start.elapsed() < Duration::from_secs(15), "waited for {:?}", start.elapsed());
    for (error, told) in [(written.unwrap_err(), "cannot write `a`"), (deleted.unwrap_err(), "cannot delete `a`")] {
        assert!(error.is_transient());
        assert_eq!(error.to_string(), told);
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert!(cause.starts_with("another process, perhaps a stopped one, has held the lock "), "{cause}");
    }
    assert_eq!(store.get("a").await.unwrap().unwrap().bytes, "1");
    assert_eq!(temporary_files(folder.path()), 0);

    drop(held);
    put(&store, "a", "2", Condition::Always).await.unwrap();
    store.delete(&gone).await.unwrap();
}

/// The content comes from a pipe, so that the put is known to be in the middle of it.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn no_lock_is_held_while_bytes_are_written() {
    let (folder, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = Arc::new(LocalStore::open(folder.path()).unwrap());
    let pipe = outside.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let slow = tokio::spawn({
        let (store, pipe) = (Arc::clone(&store), pipe.clone());
        async move { store.put("a", Body::File(&pipe), HEADERS, Condition::IfAbsent).await }
    });
    // Opened as soon as the put reads from it.
    let mut writer =
        tokio::task::spawn_blocking(move || fs::File::options().write(true).open(pipe)).await.unwrap().unwrap();
    writer.write_all(b"a half").unwrap();
    put(&*store, "a", "quick", Condition::IfAbsent).await.unwrap();
    assert!(!slow.is_finished());
    drop(writer);
    assert!(matches!(slow.await.unwrap(), Err(StoreError::Precondition { .. })));
    assert_eq!(store.get("a").await.unwrap().unwrap().bytes, "quick");
}

#[tokio::test]
async fn a_file_of_any_size_does_not_exhaust_memory() {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalStore::open(folder.path()).unwrap();
    fs::File::create(folder.path().join("sparse.json")).unwrap().set_len(400_000_000_000).unwrap();
    let error = store.get("sparse.json").await.unwrap_err();
    assert!(!error.is_transient());
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains("400000000000 bytes"), "{cause}");
}
