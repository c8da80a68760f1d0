//! The page that shows a staged study to the person who decides on it.

use std::sync::Arc;

use anyhow::Context as _;
use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use serde_json::{Value, json};
use skyfeed_pipeline::{
    environment::Environment, id::ImageId, layout, record::Manifest, revision::Revision, status::status,
};
use skyfeed_ports::store::Store;
use skyfeed_wtml::{Folder, Item, Place};

use crate::{
    exit::chain,
    serve::{Base, CONTENT_TYPE, absolutized, web_client_url},
    shell::quoted,
};

const PAGE: &str = include_str!("page.html");
/// Where the page expects its data.
const DATA: &str = "/*STUDY*/";

/// A staged study, ready to be shown.
#[derive(Clone, Debug)]
pub(crate) struct Preview {
    work: Arc<dyn Store>,
    /// The key of the revision's folder in the work store.
    folder: String,
    manifest: Arc<Manifest>,
    wtml: Arc<Folder>,
    /// What decides on it, but for the verb.
    arguments: String,
}

impl Preview {
    /// Finds a study. Without a revision: the one that waits for a decision, else the only one.
    ///
    /// # Errors
    /// There is no such study, or it cannot be read.
    pub(crate) async fn find(
        env: &Environment,
        id: &ImageId,
        revision: Option<Revision>,
        feed: &str,
    ) -> anyhow::Result<Self> {
        let revision = match revision {
            Some(revision) => revision,
            None => the_one(env, id, feed).await?,
        };
        let folder = layout::staged_revision(id, &revision);
        let read = async |name: &str| {
            let key = format!("{folder}{name}");
            let object = env.work.get(&key).await?;
            object
                .map(|object| object.bytes)
                .with_context(|| format!("`{id}` has no staged revision {revision}: there is no `{key}`"))
        };
        let manifest: Manifest = serde_json::from_slice(&read(layout::MANIFEST).await?)
            .with_context(|| format!("cannot read the manifest of `{id}`"))?;
        let wtml =
            Folder::parse(read(layout::INDEX_REL).await?).with_context(|| format!("cannot read the WTML of `{id}`"))?;
        Ok(Self {
            work: Arc::clone(&env.work),
            folder,
            arguments: format!("{} --revision {revision}{feed}", quoted(id.as_str())),
            manifest: Arc::new(manifest),
            wtml: Arc::new(wtml),
        })
    }

    pub(crate) fn revision(&self) -> &str {
        &self.manifest.revision
    }

    /// Answers for the page, the WTML and the objects of the manifest.
    pub(crate) fn router(self) -> Router {
        Router::new().route("/", get(page)).route("/{name}", get(object)).with_state(self)
    }

    fn place(&self) -> Option<&Place> {
        self.wtml.children.iter().find_map(|item| match item {
            Item::Place(place) => Some(place),
            _ => None,
        })
    }

    /// What the page shows.
    fn data(&self, base: &Base) -> Option<Value> {
        let place = self.place()?;
        let image_set = place.foreground.as_ref()?;
        let manifest = &self.manifest;
        Some(json!({
            "id": manifest.id,
            "revision": manifest.revision,
            "title": place.name,
            "credits": image_set.credits,
            "credits_url": image_set.credits_url,
            "description": place.description,
            "warnings": manifest.warnings,
            "size_px": manifest.size_px,
            "tile_levels": manifest.tile_levels,
            "tile_url": image_set.url,
            "thumbnail": place.thumbnail,
            "constellation": place.constellation.map(|constellation| constellation.to_string()),
            "sky": {
                "center_ra_deg": image_set.center_x_deg,
                "center_dec_deg": image_set.center_y_deg,
                "rotation_deg": image_set.rotation_deg,
                "offset_x": image_set.offset_x,
                "offset_y": image_set.offset_y,
                "base_degrees_per_tile": image_set.base_degrees_per_tile,
            },
            "approve_command": format!("skyfeed approve {}", self.arguments),
            "reject_command": format!("skyfeed reject {}", self.arguments),
            "web_client_url": web_client_url(&base.join(layout::INDEX)),
        }))
    }
}

async fn the_one(env: &Environment, id: &ImageId, feed: &str) -> anyhow::Result<Revision> {
    let image = status(env).await?.into_iter().find(|image| image.id == *id);
    let image =
        image.with_context(|| format!("nothing is known of `{id}`; `skyfeed status --all{feed}` lists the images"))?;
    if let [revision] = image.waiting.as_slice() {
        return Ok(revision.clone());
    }
    let folder = layout::staged(id);
    let prefixes = env.work.list(&folder, true).await?.prefixes;
    let staged: Vec<&str> =
        prefixes.iter().filter_map(|prefix| prefix.strip_prefix(&folder)?.strip_suffix('/')).collect();
    match staged.as_slice() {
        [] => anyhow::bail!("`{id}` has nothing staged; `skyfeed tile {id}{feed}` makes it"),
        [revision] => Ok(revision.parse()?),
        several => anyhow::bail!("`{id}` has several revisions, name one with --revision: {}", several.join(", ")),
    }
}

async fn page(State(preview): State<Preview>, headers: HeaderMap) -> Response {
    let base = headers.get(header::HOST).and_then(|host| host.to_str().ok()).and_then(|host| Base::new(host, "/"));
    let Some(base) = base else { return StatusCode::BAD_REQUEST.into_response() };
    let Some(data) = preview.data(&base) else {
        return (StatusCode::INTERNAL_SERVER_ERROR, "the WTML of this study has no place\n").into_response();
    };
    // Nothing in the data may end the script element that holds it.
    let page = PAGE.replacen(DATA, &data.to_string().replace('<', "\\u003c"), 1);
    let policy = "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'";
    ([(header::CONTENT_SECURITY_POLICY, policy)], Html(page)).into_response()
}

async fn object(State(preview): State<Preview>, Path(name): Path<String>, headers: HeaderMap) -> Response {
    if name == layout::INDEX {
        let base = headers.get(header::HOST).and_then(|host| host.to_str().ok()).and_then(|host| Base::new(host, "/"));
        let Some(base) = base else { return StatusCode::BAD_REQUEST.into_response() };
        let document = absolutized((*preview.wtml).clone(), &base);
        return ([(header::CONTENT_TYPE, CONTENT_TYPE)], document).into_response();
    }
    // Only what the manifest names is shown: that is what the decision is about.
    if !preview.manifest.objects.iter().any(|object| object.key == name) {
        return (StatusCode::NOT_FOUND, "there is no such file here\n").into_response();
    }
    let content_type = match name.rsplit('.').next() {
        Some("png") => "image/png",
        Some("jpg") => "image/jpeg",
        Some("wtml") => CONTENT_TYPE,
        _ => "application/octet-stream",
    };
    match preview.work.get(&format!("{}{name}", preview.folder)).await {
        Ok(Some(object)) => ([(header::CONTENT_TYPE, content_type)], object.bytes).into_response(),
        Ok(None) => (StatusCode::NOT_FOUND, "the file was deleted\n").into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{}\n", chain(&error).join(": "))).into_response(),
    }
}
