//! Moving and joining documents.

use skyfeed_wtml::{Folder, Item, Place, merge, url};

const DOCUMENT: &str = "<Folder Url='u' Thumbnail='t'>\
    <Folder Url='u2' Thumbnail='t2'><ImageSet Url='L{1}X{2}Y{3}.png' AltUrl='alt' DemUrl='d' Name='n'>\
    <Credits>c</Credits><CreditsUrl>cu</CreditsUrl><ThumbnailUrl>tu</ThumbnailUrl></ImageSet></Folder>\
    <Place Thumbnail='t3'><BackgroundImageSet><ImageSet Url='b'/></BackgroundImageSet>\
    <ForegroundImageSet><ImageSet Url='f'/></ForegroundImageSet><ImageSet Url='i'/></Place></Folder>";

#[test]
fn every_url_that_is_not_empty_is_mapped_and_nothing_else() {
    let mut folder = Folder::parse(DOCUMENT).unwrap();
    let mut seen = Vec::new();
    folder.map_urls(|url| {
        seen.push(url.to_owned());
        format!("[{url}]")
    });
    seen.sort();
    assert_eq!(seen, ["L{1}X{2}Y{3}.png", "b", "cu", "d", "f", "i", "t", "t2", "t3", "tu", "u", "u2"]);

    let xml = folder.to_xml();
    let changed = xml.replace(['[', ']'], "");
    assert_eq!(changed, Folder::parse(DOCUMENT).unwrap().to_xml());
    assert_eq!(xml.matches('[').count(), 12);
}

#[test]
fn rebasing_touches_relative_urls_only() {
    for (url, rebased) in [
        ("thumb.jpg", "0123abcd/thumb.jpg"),
        ("L{1}X{2}Y{3}.png", "0123abcd/L{1}X{2}Y{3}.png"),
        ("a b/ü.jpg?q=1#f", "0123abcd/a b/ü.jpg?q=1#f"),
        ("../up.jpg", "up.jpg"),
        ("../../up.jpg", "../up.jpg"),
        ("..", "./"),
        ("/root.jpg", "/root.jpg"),
        ("//host/x", "//host/x"),
        ("http://host/x", "http://host/x"),
        ("mailto:a@b.c", "mailto:a@b.c"),
    ] {
        for prefix in ["0123abcd/", "0123abcd"] {
            let mut folder = Folder { thumbnail: url.to_owned(), ..Folder::default() };
            folder.rebase(prefix);
            assert_eq!(folder.thumbnail, rebased);
        }
    }
    let mut folder = Folder { thumbnail: "thumb.jpg".to_owned(), ..Folder::default() };
    folder.rebase("");
    assert_eq!(folder.thumbnail, "thumb.jpg");
}

#[test]
fn only_what_absolutize_can_restore_is_made_relative() {
    let base = "http://host/id/";
    for (url, relative) in [
        ("http://host/id/{1}/{3}/{3}_{2}.png", "{1}/{3}/{3}_{2}.png"),
        ("http://host/id/", "http://host/id/"),
        ("http://host/id//host/x", "http://host/id//host/x"),
        ("http://host/id/mailto:x", "http://host/id/mailto:x"),
        ("http://host/id/a//b", "http://host/id/a//b"),
        ("http://host/id2/x", "http://host/id2/x"),
        ("", ""),
    ] {
        assert_eq!(url::relativize(base, url), relative);
        assert_eq!(url::absolutize(base, relative), url);
    }
    assert_eq!(url::relativize("http://host/id", "http://host/idea.jpg"), "http://host/idea.jpg");
}

#[test]
fn joining_keeps_every_relative_url_pointing_at_the_same_file() {
    let document = |thumbnail: &str| Folder {
        children: vec![Item::Place(Place { thumbnail: thumbnail.to_owned(), ..Place::default() })],
        ..Folder::default()
    };
    for (output, location, url, joined) in [
        ("out.wtml", "in.wtml", "t.jpg", "t.jpg"),
        ("out.wtml", "a/b/in.wtml", "t.jpg", "a/b/t.jpg"),
        ("out.wtml", "a/b/in.wtml", "../t.jpg", "a/t.jpg"),
        ("a/out.wtml", "a/b/in.wtml", "t.jpg", "b/t.jpg"),
        ("a/c/out.wtml", "./a/b/in.wtml", "t.jpg", "../b/t.jpg"),
        ("/a/c/out.wtml", "/a/c/../in.wtml", "L{1}X{2}Y{3}.png", "../L{1}X{2}Y{3}.png"),
        ("a/c/out.wtml", "b/in.wtml", "http://host/t.jpg", "http://host/t.jpg"),
        ("a/out.wtml", "https://host/b/in.wtml", "t.jpg", "https://host/b/t.jpg"),
    ] {
        let merged = merge(output, [(location, document(url)), (location, document(""))]);
        assert_eq!(merged.name, "Folder");
        let [Item::Place(first), Item::Place(second)] = &merged.children[..] else { panic!("not two places") };
        assert_eq!((first.thumbnail.as_str(), second.thumbnail.as_str()), (joined, ""), "{location} into {output}");
    }
}
