//! What is read from every file in `events/` of the repository. A snapshot each says what it asks for, or why it is refused.

use std::{error::Error, fs, path::PathBuf};

use serde_json::Value;
use skyfeed_aws::events::{Event, EventError, Message, ObjectChange, ObjectChangeKind, Request};

const FOLDERS: [&str; 5] = ["bad", "fetch", "publish", "reindex", "tile"];

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../events"))
}

/// The names of all files, such as `tile/object-created.json`, with their contents.
fn files() -> Vec<(String, Value)> {
    let mut files = Vec::new();
    for name in FOLDERS {
        for entry in fs::read_dir(folder().join(name)).expect("no such folder") {
            let path = entry.expect("no such file").path();
            let content = serde_json::from_slice(&fs::read(&path).expect("not readable")).unwrap_or_else(|error| {
                panic!("{}: {error}", path.display());
            });
            files.push((
                format!("{name}/{}", path.file_name().and_then(|name| name.to_str()).expect("no name")),
                content,
            ));
        }
    }
    files.sort_by(|a, b| a.0.cmp(&b.0));
    files
}

fn read(name: &str) -> Result<Event, EventError> {
    let file = fs::read(folder().join(name)).expect("not readable");
    Event::read(&serde_json::from_slice(&file).expect("no JSON"))
}

fn change(event: Event) -> ObjectChange {
    match event {
        Event::Direct(Request::Objects(mut changes)) if changes.len() == 1 => changes.remove(0),
        other => panic!("not one change: {other:?}"),
    }
}

fn messages(name: &str) -> Vec<Message> {
    match read(name) {
        Ok(Event::Queue(messages)) => messages,
        other => panic!("{name} is no batch: {other:?}"),
    }
}

fn describe(event: &Result<Event, EventError>) -> String {
    match event {
        Ok(Event::Direct(request)) => format!("{request:#?}"),
        Ok(Event::Queue(messages)) => messages.iter().map(describe_message).collect::<Vec<_>>().join("\n"),
        Err(error) => refusal(error),
    }
}

fn describe_message(message: &Message) -> String {
    let Message { id, receive_count, request, .. } = message;
    let request = request.as_ref().map_or_else(refusal, |request| format!("{request:#?}"));
    format!("message {id}, received {receive_count} times: {request}")
}

fn refusal(error: &EventError) -> String {
    let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
    format!("refused: {error}{cause}")
}

#[test]
fn every_file_is_read_as_its_snapshot_says() {
    for (name, content) in files() {
        let event = Event::read(&content);
        // A message is refused for itself.
        let refused = match &event {
            Err(_) => true,
            Ok(Event::Queue(messages)) => messages.iter().all(|message| message.request.is_err()),
            Ok(Event::Direct(_)) => false,
        };
        assert_eq!(refused, name.starts_with("bad/"), "{name}: {event:?}");
        let snapshot = name.trim_end_matches(".json").replace('/', "__");
        insta::with_settings!({ omit_expression => true, snapshot_path => "snapshots/events", prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(snapshot, describe(&event));
        });
    }
}

#[test]
fn the_readme_names_every_file_and_no_other() {
    let readme = fs::read_to_string(folder().join("README.md")).unwrap();
    let rows = readme.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`').map(|(name, _)| name));
    let mut named: Vec<&str> = rows.collect();
    named.sort_unstable();
    let files = files();
    let there: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(named, there);
}

#[test]
fn one_object_is_the_same_whichever_way_its_event_comes() {
    let direct = change(read("tile/object-created.json").unwrap());
    assert_eq!((direct.bucket.as_str(), direct.key.as_str()), ("skyfeed-work", "inbox/eso1907a/image.tif"));
    assert_eq!((&direct.kind, direct.size_bytes), (&ObjectChangeKind::Created, Some(1_048_576)));
    assert_eq!(change(read("tile/object-created-in-sns.json").unwrap()), direct);
    assert_eq!(change(read("tile/emulator.json").unwrap()), direct);
    for name in ["sqs", "sns-in-sqs", "eventbridge-in-sqs"] {
        let mut messages = messages(&format!("tile/object-created-in-{name}.json"));
        let request = messages.remove(0).request.unwrap();
        assert_eq!(request, Request::Objects(vec![direct.clone()]), "{name}");
    }
}

#[test]
fn keys_are_decoded_in_notifications_and_left_alone_in_eventbridge() {
    let key = |name| change(read(name).unwrap()).key;
    assert_eq!(key("tile/encoded-key.json"), "inbox/NGC 253 (ALMA) + M–100/ngc+253 ü 🔭 100%.tif");
    assert_eq!(key("tile/object-created-in-eventbridge.json"), "inbox/NGC 253+a/100% ü.tif");
}

#[test]
fn a_bad_message_does_not_spoil_its_batch() {
    let messages = messages("tile/partly-bad-batch.json");
    let readable: Vec<bool> = messages.iter().map(|message| message.request.is_ok()).collect();
    assert_eq!(readable, [true, false, false, true]);
    assert_eq!(messages[3].receive_count, 7);
}

/// Every file with each of its values replaced or taken away, one at a time.
#[test]
fn no_damage_makes_it_panic() {
    let odd = [
        Value::Null,
        Value::Bool(true),
        (-1).into(),
        "%".into(),
        "".into(),
        Value::Array(vec![]),
        serde_json::json!({}),
    ];
    for (name, content) in files() {
        let mut paths = Vec::new();
        pointers(&content, String::new(), &mut paths);
        for path in paths {
            for value in &odd {
                let mut damaged = content.clone();
                *damaged.pointer_mut(&path).unwrap() = value.clone();
                if let Err(error) = Event::read(&damaged) {
                    assert!(!refusal(&error).is_empty(), "{name} {path}");
                }
            }
        }
    }
}

fn pointers(value: &Value, at: String, found: &mut Vec<String>) {
    found.push(at.clone());
    match value {
        Value::Array(elements) => {
            elements.iter().enumerate().for_each(|(index, element)| pointers(element, format!("{at}/{index}"), found));
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                pointers(field, format!("{at}/{}", name.replace('~', "~0").replace('/', "~1")), found);
            }
        }
        _ => {}
    }
}
