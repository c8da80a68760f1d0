//! Objects made of pieces of others.

use std::ops::Range;

use bytes::Bytes;

use super::{Body, Condition, ETag, HEADERS, ObjectMeta, Store, StoreError, delete, get, head, put};
use crate::store::Piece;

const MIB: u64 = 1 << 20;

pub(super) async fn run(store: &dyn Store) -> Result<(), StoreError> {
    pieces_are_joined_in_order(store).await?;
    large_and_small_pieces_are_joined(store).await?;
    an_object_grows_by_itself(store).await?;
    only_what_was_seen_is_taken(store).await?;
    conditions_are_kept(store).await?;
    a_range_stays_within_its_object(store).await?;
    bad_keys_are_refused(store).await
}

fn bytes(text: &str) -> Piece {
    Piece::Bytes(Bytes::copy_from_slice(text.as_bytes()))
}

fn part(of: &ObjectMeta, range: Range<u64>) -> Piece {
    Piece::Range { key: of.key.clone(), etag: of.etag.clone(), range }
}

async fn compose(store: &dyn Store, key: &str, pieces: &[Piece], condition: Condition) -> Result<ETag, StoreError> {
    store.compose(key, pieces, HEADERS, condition).await
}

#[track_caller]
fn changed(result: &Result<ETag, StoreError>, named: &str) {
    assert!(matches!(result, Err(StoreError::Precondition { key }) if key == named), "`{named}`: {result:?}");
}

async fn pieces_are_joined_in_order(store: &dyn Store) -> Result<(), StoreError> {
    put(store, "from/a b", "0123456789", Condition::Always).await?;
    put(store, "from/2", "abc", Condition::Always).await?;
    let (digits, letters) = (head(store, "from/a b").await?, head(store, "from/2").await?);
    // An empty range is nothing, whatever became of its object.
    let nothing = Piece::Range { key: "none".to_owned(), etag: ETag("none".to_owned()), range: 4..4 };
    let pieces = [
        bytes("<"),
        part(&digits, 8..10),
        bytes(""),
        Piece::whole(&letters),
        nothing,
        part(&digits, 0..2),
        part(&digits, 2..3),
        part(&digits, 2..4),
        bytes(">"),
    ];
    for condition in [Condition::IfAbsent, Condition::Always] {
        let etag = compose(store, "to/composed", &pieces, condition).await?;
        let made = get(store, "to/composed").await?;
        assert_eq!((&made.bytes[..], &made.meta.etag), (&b"<89abc01223>"[..], &etag));
    }
    compose(store, "to/empty", &[], Condition::Always).await?;
    assert_eq!(get(store, "to/empty").await?.bytes, "");
    assert_eq!(get(store, "from/2").await?.meta, letters, "composing changed a source");
    delete(store, &["from/a b", "from/2", "to/composed", "to/empty"]).await
}

/// Sizes around those of which object stores make parts: 5 MiB and more, but for the last.
async fn large_and_small_pieces_are_joined(store: &dyn Store) -> Result<(), StoreError> {
    let content: Vec<u8> = (0_u64..).map(|at| (at * at / 7) as u8).take(13 * MIB as usize + 5).collect();
    let content = Bytes::from(content);
    store.put("large", Body::Bytes(&content), HEADERS, Condition::Always).await?;
    let large = head(store, "large").await?;
    let (size, some) = (large.size_bytes, content.slice(..3 * MIB as usize));
    let of_memory = || Piece::Bytes(some.clone());
    for pieces in [
        vec![part(&large, 1..size), of_memory()],
        vec![of_memory(), part(&large, 0..6 * MIB), bytes("x"), part(&large, MIB..size), part(&large, 7..9)],
        vec![part(&large, 0..5 * MIB), part(&large, 6 * MIB..11 * MIB - 1), part(&large, 3..size)],
        vec![of_memory(), of_memory(), of_memory(), of_memory(), part(&large, 5..6)],
    ] {
        let expected: Vec<u8> = pieces.iter().flat_map(|piece| piece_of(&content, piece)).collect();
        compose(store, "joined", &pieces, Condition::Always).await?;
        let joined = get(store, "joined").await?;
        assert_eq!(joined.meta.size_bytes, expected.len() as u64);
        assert!(joined.bytes == expected, "pieces were joined wrongly");
    }
    delete(store, &["large", "joined"]).await
}

fn piece_of(content: &Bytes, piece: &Piece) -> Bytes {
    match piece {
        Piece::Bytes(bytes) => bytes.clone(),
        Piece::Range { range, .. } => content.slice(range.start as usize..range.end as usize),
    }
}

async fn an_object_grows_by_itself(store: &dyn Store) -> Result<(), StoreError> {
    put(store, "grown", "1", Condition::Always).await?;
    for number in 2..5 {
        let before = head(store, "grown").await?;
        let pieces = [Piece::whole(&before), bytes(&number.to_string())];
        compose(store, "grown", &pieces, Condition::IfMatch(before.etag.clone())).await?;
        changed(&compose(store, "grown", &pieces, Condition::Always).await, "grown");
    }
    assert_eq!(get(store, "grown").await?.bytes, "1234");
    delete(store, &["grown"]).await
}

async fn only_what_was_seen_is_taken(store: &dyn Store) -> Result<(), StoreError> {
    let large = Bytes::from(vec![b'x'; 6 * MIB as usize]);
    for content in [Bytes::from_static(b"seen"), large] {
        store.put("source", Body::Bytes(&content), HEADERS, Condition::Always).await?;
        put(store, "other", "o", Condition::Always).await?;
        put(store, "kept", "kept", Condition::Always).await?;
        let (seen, other, kept) =
            (head(store, "source").await?, head(store, "other").await?, head(store, "kept").await?);
        let pieces = [part(&other, 0..1), part(&seen, 0..content.len() as u64)];
        // As long as before, shorter, gone.
        let mut longer = content.to_vec();
        longer[0] = b'y';
        for late in [Some(Bytes::from(longer)), Some(Bytes::from_static(b"z")), None] {
            match &late {
                Some(late) => drop(store.put("source", Body::Bytes(late), HEADERS, Condition::Always).await?),
                None => delete(store, &["source"]).await?,
            }
            for key in ["made", "kept"] {
                changed(&compose(store, key, &pieces, Condition::Always).await, "source");
            }
        }
        assert_eq!(store.head("made").await?, None, "a part of an object was made");
        assert_eq!(head(store, "kept").await?, kept, "what was there is gone");
    }
    delete(store, &["other", "kept"]).await
}

async fn conditions_are_kept(store: &dyn Store) -> Result<(), StoreError> {
    let content = Bytes::from(vec![b'x'; 6 * MIB as usize]);
    store.put("from", Body::Bytes(&content), HEADERS, Condition::Always).await?;
    let from = head(store, "from").await?;
    for pieces in [vec![part(&from, 0..1)], vec![Piece::whole(&from), Piece::whole(&from)]] {
        let size: u64 = pieces.iter().map(Piece::size_bytes).sum();
        let first = compose(store, "to", &pieces, Condition::IfAbsent).await?;
        changed(&compose(store, "to", &pieces, Condition::IfAbsent).await, "to");
        let second = put(store, "to", "2", Condition::IfMatch(first.clone())).await?;
        changed(&compose(store, "to", &pieces, Condition::IfMatch(first)).await, "to");
        assert_eq!(get(store, "to").await?.bytes, "2");
        compose(store, "to", &pieces, Condition::IfMatch(second)).await?;
        assert_eq!(head(store, "to").await?.size_bytes, size);
        delete(store, &["to"]).await?;
    }
    delete(store, &["from"]).await
}

async fn a_range_stays_within_its_object(store: &dyn Store) -> Result<(), StoreError> {
    put(store, "short", "0123456789", Condition::Always).await?;
    let short = head(store, "short").await?;
    for range in [5..11, 10..11, 3..u64::MAX / 4, 0..6 * MIB] {
        let made = compose(store, "to", &[part(&short, range.clone())], Condition::Always).await;
        assert!(matches!(made, Err(StoreError::Backend { transient: false, .. })), "{range:?}: {made:?}");
    }
    assert_eq!(store.head("to").await?, None);
    delete(store, &["short"]).await
}

async fn bad_keys_are_refused(store: &dyn Store) -> Result<(), StoreError> {
    put(store, "good", "good", Condition::Always).await?;
    let good = head(store, "good").await?;
    let bad = ObjectMeta { key: "a/../b".to_owned(), ..good.clone() };
    for (key, piece) in [("a/../b", &good), ("new", &bad)] {
        let made = compose(store, key, &[bytes("x"), part(piece, 0..1)], Condition::Always).await;
        assert!(matches!(made, Err(StoreError::Key { .. })), "{made:?}");
    }
    assert_eq!(store.head("new").await?, None);
    delete(store, &["good"]).await
}
