//! The list of images inside a page of search results.

use serde_json::Value;

use super::literal::{self, LiteralError};

/// Why a page has no list.
#[derive(Debug, thiserror::Error)]
pub(super) enum ListError {
    #[error("the page has no `var images = […]`; check `djangoplicity.base_url` and `search_page_name`")]
    Missing,
    #[error("cannot read `var images`")]
    Literal(#[from] LiteralError),
}

/// The entries of the script's `var images = […]`.
pub(super) fn entries(html: &str) -> Result<Vec<Value>, ListError> {
    let start = array(html).ok_or(ListError::Missing)?;
    match literal::read(start)? {
        Value::Array(entries) => Ok(entries),
        _ => Err(ListError::Missing),
    }
}

/// The text from the opening bracket on.
fn array(html: &str) -> Option<&str> {
    html.match_indices("var").find_map(|(at, keyword)| {
        let after = html[at + keyword.len()..].strip_prefix(char::is_whitespace)?;
        let value = after.trim_start().strip_prefix("images")?.trim_start().strip_prefix('=')?.trim_start();
        value.starts_with('[').then_some(value)
    })
}

#[cfg(test)]
mod tests {
    use super::{ListError, entries};
    use crate::source::mutation::mutants;

    #[test]
    fn the_list_is_found_however_it_is_spaced() {
        for html in [
            "<script>var images = [{id: 'a'}];",
            "x\nvar  images=\n  [\n{id: 'a'}\n]",
            "var imagesX = [1]; var images =[{id:'a'}]",
        ] {
            assert_eq!(entries(html).unwrap()[0]["id"], "a", "{html}");
        }
    }

    #[test]
    fn an_empty_list_is_a_list() {
        assert!(entries("var images = [\n];").unwrap().is_empty());
    }

    #[test]
    fn a_page_without_a_list_is_an_error() {
        for html in ["", "<html>", "var images = {};", "var", "var images"] {
            assert!(matches!(entries(html), Err(ListError::Missing)), "{html}");
        }
        assert!(matches!(entries("var images = [{id: 'a'}"), Err(ListError::Literal(_))));
    }

    #[test]
    fn no_page_is_so_broken_that_reading_it_panics() {
        let page = include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../tests/data/oracle/11_pipeline_djangoplicity/input/site/archive/search/page/1/index.html"
        ));
        let read = mutants(page, 20_000).filter(|page| entries(page).is_ok()).count();
        assert!((1..20_000).contains(&read), "{read} of the broken pages could be read");
    }
}
