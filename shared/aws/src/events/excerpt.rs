//! What people are shown of an event that cannot be understood.

use serde_json::Value;

/// Characters that are shown of a text.
const MOST: usize = 1000;
/// Where the events that we know have the key of an object.
const KEYS: [&str; 2] = ["/Records/0/s3/object/key", "/detail/object/key"];

/// The beginning of a text on one line, whatever bytes it has.
///
/// ```
/// use skyfeed_aws::events::excerpt;
///
/// assert_eq!(excerpt("{\n\u{202e}\"image\": 3}"), "{\\n\\u{202e}\"image\": 3}");
/// assert_eq!(excerpt(&"x".repeat(5000)).chars().count(), 1001);
/// ```
pub fn excerpt(text: &str) -> String {
    let mut shown = String::new();
    for (at, c) in text.chars().enumerate() {
        if at == MOST {
            shown.push('…');
            break;
        }
        match c {
            '"' | '\'' => shown.push(c),
            c => shown.extend(c.escape_debug()),
        }
    }
    shown
}

/// The key of an object that a text seems to be about, as it stands there.
///
/// ```
/// use skyfeed_aws::events::key_in;
///
/// let later = r#"{"Records": [{"eventVersion": "3.0", "s3": {"object": {"key": "inbox/m31/a.png"}}}]}"#;
/// assert_eq!(key_in(later).as_deref(), Some("inbox/m31/a.png"));
/// assert_eq!(key_in(&later[..40]), None);
/// ```
pub fn key_in(text: &str) -> Option<String> {
    let event: Value = serde_json::from_str(text).ok()?;
    let found = KEYS.iter().find_map(|key| event.pointer(key)?.as_str());
    found.map(excerpt).or_else(|| key_in(event.get("Message")?.as_str()?))
}
