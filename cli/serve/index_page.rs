//! The page that shows what a folder holds.

use std::fmt::Write;

use percent_encoding::utf8_percent_encode;
use skyfeed_pipeline::study::escape_markup as escape;

use super::{
    listing::{Card, Listing},
    wtml::{Base, UNRESERVED, web_client_url},
};

const STYLE: &str = include_str!("index_page.css");

/// Writes the page of a folder. All text of the listing is escaped.
pub(super) fn render(title: &str, top: bool, base: &Base, listing: &Listing) -> String {
    let name = listing.collection.as_ref().map(|collection| collection.name.as_str()).filter(|name| !name.is_empty());
    let heading = escape(name.unwrap_or(title));
    let mut body = String::new();
    if let Some(collection) = &listing.collection {
        if let Some(problem) = &collection.problem {
            push(&mut body, format_args!("<p class=\"problem\">{}</p>\n", escape(problem)));
        } else {
            let wtml = base.join("index.wtml");
            push(
                &mut body,
                format_args!(
                    "<p><a class=\"open\" href=\"{}\">Open in WorldWide Telescope</a> <a href=\"index.wtml\">index.wtml</a></p>\n",
                    escape(&web_client_url(&wtml))
                ),
            );
            body.push_str("<ul class=\"places\">\n");
            for card in &collection.places {
                place(&mut body, card, &listing.folders);
            }
            body.push_str("</ul>\n");
        }
    }
    if !listing.folders.is_empty() || !listing.files.is_empty() || !top {
        files(&mut body, top, listing);
    }
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><link rel=\"icon\" href=\"data:,\"><title>{heading}</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><style>{STYLE}</style></head>\n\
         <body><h1>{heading}</h1>\n{body}</body></html>\n"
    )
}

fn place(body: &mut String, card: &Card, folders: &[String]) {
    let thumbnail = if is_web_or_relative(&card.thumbnail) { escape(&card.thumbnail) } else { String::new() };
    // In a feed, the folder that has the thumbnail is the image's own.
    let own = card.thumbnail.split('/').next().filter(|own| folders.iter().any(|folder| folder == own));
    let position = card.center_deg.map(|[ra, dec]| format!("<span>RA {ra:.4}° Dec {dec:+.4}°</span>"));
    let credits = is_web(&card.credits_url).then(|| format!("<a href=\"{}\">source</a>", escape(&card.credits_url)));
    let picture = format!("<img src=\"{thumbnail}\" alt=\"\" width=\"96\" height=\"45\" loading=\"lazy\">");
    let name = format!("<b>{}</b>", escape(&card.name));
    let head = match own {
        Some(own) => format!("<a href=\"{}/\">{picture}{name}</a>", utf8_percent_encode(own, UNRESERVED)),
        None => format!("{picture}{name}"),
    };
    push(body, format_args!("<li>{head}{}{}</li>\n", position.unwrap_or_default(), credits.unwrap_or_default()));
}

fn files(body: &mut String, top: bool, listing: &Listing) {
    let open = if listing.collection.is_none() { " open" } else { "" };
    push(body, format_args!("<details{open}><summary>Files</summary><ul class=\"files\">\n"));
    if !top {
        body.push_str("<li><a href=\"../\">up</a></li>\n");
    }
    let folders = listing.folders.iter().map(|name| (name, "/"));
    for (name, slash) in folders.chain(listing.files.iter().map(|name| (name, ""))) {
        // The leading `./` keeps a name with a colon from being taken for a scheme.
        let url = utf8_percent_encode(name, UNRESERVED);
        push(body, format_args!("<li><a href=\"./{url}{slash}\">{}{slash}</a></li>\n", escape(name)));
    }
    if listing.more {
        body.push_str("<li>and more</li>\n");
    }
    body.push_str("</ul></details>\n");
}

fn push(body: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = body.write_fmt(text);
}

fn is_web(url: &str) -> bool {
    ["http://", "https://"].iter().any(|scheme| url.get(..scheme.len()).is_some_and(|s| s.eq_ignore_ascii_case(scheme)))
}

fn is_web_or_relative(url: &str) -> bool {
    is_web(url) || !url.split('/').next().unwrap_or_default().contains(':')
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::serve::{
        listing::{Card, Collection, Listing},
        wtml::Base,
    };

    #[test]
    fn text_from_outside_cannot_become_markup() {
        let nasty = "\"><script>alert('x')</script>";
        let card = Card {
            name: nasty.into(),
            thumbnail: format!("javascript:{nasty}"),
            credits_url: "javascript:alert(1)".into(),
            center_deg: Some([1.0, -2.0]),
        };
        let listing = Listing {
            folders: vec![nasty.into()],
            files: vec![nasty.into()],
            more: true,
            collection: Some(Collection { name: nasty.into(), places: vec![card], problem: None }),
        };
        let page = render(nasty, false, &Base::new("localhost:1", "/a/").unwrap(), &listing);
        assert!(!page.contains("<script"), "{page}");
        assert!(!page.contains("javascript:"), "{page}");
        assert!(page.contains("Dec -2.0000°"), "{page}");
    }

    #[test]
    fn the_collection_opens_in_the_web_client_by_its_absolute_url() {
        let listing = Listing { collection: Some(Collection::default()), ..Listing::default() };
        let page = render("x", true, &Base::new("127.0.0.1:8080", "/a%20b/").unwrap(), &listing);
        let link =
            "https://worldwidetelescope.org/webclient/?wtml=http%3A%2F%2F127.0.0.1%3A8080%2Fa%2520b%2Findex.wtml";
        assert!(page.contains(link), "{page}");
    }
}
