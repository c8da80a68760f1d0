//! The demo's pictures, offered as AstroPix offers images.

use std::{net::Ipv4Addr, sync::Arc};

use anyhow::Context;
use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderName, StatusCode, header::CONTENT_TYPE},
    routing::get,
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

use super::{
    Picture,
    target::{CREATOR, CREDIT, PUBLISHER_ID, Target},
};

/// A running source. It ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Running {
    base_url: String,
    server: JoinHandle<()>,
}

impl Running {
    /// The query URL that a feed's configuration names as `astropix.json_query_url`.
    pub(crate) fn feed_url(&self) -> String {
        format!("{}feed.json", self.base_url)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Serves the feed and the pictures on a free port of loopback. The feed's links to a page about each picture lead to `site_url`, where the
/// demo's site can be served: they outlive this source.
///
/// # Errors
/// No port is free.
pub(crate) async fn serve(pictures: Vec<Picture>, site_url: &str) -> anyhow::Result<Running> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("cannot listen on loopback")?;
    let base_url = format!("http://{}/", listener.local_addr()?);
    let archive = Archive { feed: feed(&pictures, &base_url, site_url), pictures };
    let app = Router::new()
        .route("/feed.json", get(answer_feed))
        .route("/images/{name}", get(answer_image))
        .with_state(Arc::new(archive));
    let server = tokio::spawn(async {
        if let Err(error) = axum::serve(listener, app).await {
            tracing::error!(%error, "the source of the demo ended");
        }
    });
    Ok(Running { base_url, server })
}

struct Archive {
    feed: String,
    pictures: Vec<Picture>,
}

type Answer<Body> = Result<([(HeaderName, &'static str); 1], Body), StatusCode>;

async fn answer_feed(State(archive): State<Arc<Archive>>) -> Answer<String> {
    Ok(([(CONTENT_TYPE, "application/json")], archive.feed.clone()))
}

async fn answer_image(State(archive): State<Arc<Archive>>, Path(name): Path<String>) -> Answer<Vec<u8>> {
    let wanted = archive.pictures.iter().find(|picture| picture.target.file_name == name);
    let picture = wanted.ok_or(StatusCode::NOT_FOUND)?;
    let content_type = match picture.path.extension().and_then(|extension| extension.to_str()) {
        Some("png") => "image/png",
        Some("tif") => "image/tiff",
        _ => "image/jpeg",
    };
    let body = tokio::fs::read(&picture.path).await.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    Ok(([(CONTENT_TYPE, content_type)], body))
}

fn feed(pictures: &[Picture], base_url: &str, site_url: &str) -> String {
    let records = pictures.iter().map(|picture| record(picture.target, base_url, site_url)).collect();
    format!("{:#}", Value::Array(records))
}

/// What AstroPix says of an image, its numbers as text as it writes them.
fn record(target: &Target, base_url: &str, site_url: &str) -> Value {
    let texts = |numbers: [f64; 2]| numbers.map(|number| number.to_string());
    let [width, height] = [target.width_px, target.height_px].map(|length| length.to_string());
    json!({
        "creator": CREATOR,
        "title": target.title,
        "description": target.description,
        "object_name": target.object_names,
        "resource_url": format!("{base_url}images/{}", target.file_name),
        "reference_url": format!("{site_url}{}/", target.file_name.split('.').next().unwrap_or_default()),
        "image_id": target.image_id,
        "image_credit": CREDIT,
        "wcs_coordinate_frame": "ICRS",
        "wcs_equinox": "J2000",
        "wcs_reference_value": texts([target.ra_deg, target.dec_deg]),
        "wcs_reference_dimension": [&width, &height],
        "wcs_reference_pixel": texts(target.reference_pixel()),
        "wcs_scale": texts([-target.scale_deg_per_px, target.scale_deg_per_px]),
        "wcs_rotation": target.rotation_deg.to_string(),
        "wcs_projection": "TAN",
        "wcs_quality": "Full",
        "wcs_notes": "",
        "publisher": CREATOR,
        "publisher_id": PUBLISHER_ID,
        "resource_id": target.file_name,
        "last_updated": target.last_updated,
        "metadata_version": "1.2",
        "image_width": &width,
        "image_height": &height,
        "image_max_boundry": target.width_px.max(target.height_px).to_string(),
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpStream,
    };

    use super::*;
    use crate::demo::target::TARGETS;

    const SITE: &str = "http://127.0.0.1:8080/";

    /// Status line and headers, and the body, of the answer to a plain GET.
    async fn get(url: &str) -> (String, Vec<u8>) {
        let (host, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
        let mut connection = TcpStream::connect(host).await.unwrap();
        let request = format!("GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        connection.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        connection.read_to_end(&mut answer).await.unwrap();
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        (String::from_utf8(answer[..end].to_vec()).unwrap(), answer[end + 4..].to_vec())
    }

    fn pictures(folder: &std::path::Path) -> Vec<Picture> {
        let picture = |target: &'static Target| {
            let path = folder.join(target.file_name);
            fs::write(&path, target.file_name).unwrap();
            Picture { target, path }
        };
        TARGETS.iter().map(picture).collect()
    }

    #[tokio::test]
    async fn every_url_of_the_feed_is_answered() {
        let folder = tempfile::tempdir().unwrap();
        let source = serve(pictures(folder.path()), SITE).await.unwrap();
        let (head, feed) = get(&source.feed_url()).await;
        assert!(head.starts_with("HTTP/1.1 200") && head.contains("application/json"), "{head}");
        let records: Vec<Value> = serde_json::from_slice(&feed).unwrap();
        assert_eq!(records.len(), TARGETS.len());
        for (record, target) in records.iter().zip(&TARGETS) {
            let (head, image) = get(record["resource_url"].as_str().unwrap()).await;
            assert!(head.starts_with("HTTP/1.1 200"), "{head}");
            assert_eq!(image, target.file_name.as_bytes());
            assert!(record["reference_url"].as_str().unwrap().starts_with(SITE));
        }
    }

    #[tokio::test]
    async fn only_the_pictures_of_the_demo_are_served() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("secret"), "").unwrap();
        let source = serve(pictures(folder.path()), SITE).await.unwrap();
        for path in ["images/secret", "images/..%2Fsecret", ""] {
            let (head, _) = get(&source.feed_url().replace("feed.json", path)).await;
            assert!(head.starts_with("HTTP/1.1 404"), "{path}: {head}");
        }
    }

    #[tokio::test]
    async fn the_source_ends_when_it_is_dropped() {
        let source = serve(Vec::new(), SITE).await.unwrap();
        let host = source.feed_url().strip_prefix("http://").unwrap().replace("/feed.json", "");
        TcpStream::connect(&host).await.unwrap();
        drop(source);
        let ended = async {
            while TcpStream::connect(&host).await.is_ok() {
                tokio::task::yield_now().await
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(10), ended).await.unwrap();
    }

    #[test]
    fn a_record_has_every_field_of_an_astropix_record() {
        let oracle = include_str!("../../tests/data/oracle/10_pipeline_astropix/input/site/feed.json");
        let oracle: Value = serde_json::from_str(oracle).unwrap();
        let made = record(&TARGETS[0], "http://127.0.0.1/", SITE);
        for (name, value) in oracle[0].as_object().unwrap() {
            if name == "astropix_id" {
                // Given by AstroPix itself.
                continue;
            }
            let kind = |value: &Value| (value.is_array(), value.is_string() || value.is_number());
            assert_eq!(kind(&made[name]), kind(value), "{name}");
        }
    }
}
