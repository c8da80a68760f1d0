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
use bytes::Bytes;
use serde_json::{Value, json};
use skyfeed_pipeline::{
    environment::Environment,
    error::StepError,
    id::ImageId,
    layout,
    names::Revision,
    staged::{Study, TileReader},
};
use skyfeed_ports::store::Store;
use skyfeed_wtml::{Folder, Item, Place};

use crate::{
    error::chain,
    revision::the_one,
    serve::{Base, CONTENT_TYPE, absolutized, web_client_url},
    shell::about,
};

const PAGE: &str = include_str!("page.html");
/// Where the page expects its data.
const DATA: &str = "/*STUDY*/";

/// A staged study, ready to be shown.
#[derive(Clone, Debug)]
pub(crate) struct Preview {
    work: Arc<dyn Store>,
    study: Arc<Study>,
    tiles: TileReader,
    wtml: Arc<Folder>,
    /// The options of the commands that decide on it.
    options: String,
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
        let study = Study::find(env, id, &revision).await?;
        let study = study.with_context(|| format!("`{id}` has no staged revision {revision}"))?;
        let wtml = study.index_rel(&*env.work).await?;
        let wtml = Folder::parse(&wtml).with_context(|| format!("cannot read the WTML of `{id}`"))?;
        Ok(Self {
            work: Arc::clone(&env.work),
            tiles: TileReader::open(&env.work, &study).await?,
            options: format!(" --revision {revision}{feed}"),
            study: Arc::new(study),
            wtml: Arc::new(wtml),
        })
    }

    pub(crate) fn revision(&self) -> &Revision {
        &self.study.revision
    }

    /// An object of the study by its name, checked; `None` if it has none of that name.
    async fn object(&self, name: &str) -> Result<Option<(Bytes, &'static str)>, StepError> {
        let (study, work) = (&self.study, &*self.work);
        Ok(match name {
            layout::THUMBNAIL => Some((study.thumbnail(work).await?, "image/jpeg")),
            layout::PREVIEW => study.preview(work).await?.map(|picture| (picture, "image/jpeg")),
            layout::INDEX_REL => Some((study.index_rel(work).await?, CONTENT_TYPE)),
            tile => self.tiles.tile(tile).await?.map(|tile| (tile, study.tile_format().content_type())),
        })
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
        let study = &self.study;
        Some(json!({
            "id": study.id,
            "revision": study.revision,
            "title": place.name,
            "credits": image_set.credits,
            "credits_url": image_set.credits_url,
            "description": place.description,
            "warnings": study.warnings,
            "size_px": [study.size.width, study.size.height],
            "tile_levels": study.tile_levels,
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
            "approve_command": about("approve", &study.id, &self.options),
            "reject_command": about("reject", &study.id, &self.options),
            "web_client_url": web_client_url(&base.join(layout::INDEX)),
        }))
    }
}

/// Where the browser sees the study.
fn base(headers: &HeaderMap) -> Option<Base> {
    headers.get(header::HOST).and_then(|host| host.to_str().ok()).and_then(|host| Base::new(host, "/"))
}

async fn page(State(preview): State<Preview>, headers: HeaderMap) -> Response {
    let Some(base) = base(&headers) else { return StatusCode::BAD_REQUEST.into_response() };
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
        let Some(base) = base(&headers) else { return StatusCode::BAD_REQUEST.into_response() };
        let document = absolutized((*preview.wtml).clone(), &base);
        return ([(header::CONTENT_TYPE, CONTENT_TYPE)], document).into_response();
    }
    // Only what the manifest names is shown, and only as it was staged: that is what the decision is about.
    match preview.object(&name).await {
        Ok(Some((bytes, content_type))) => ([(header::CONTENT_TYPE, content_type)], bytes).into_response(),
        Ok(None) => (StatusCode::NOT_FOUND, "there is no such file here\n").into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{}\n", chain(&error).join(": "))).into_response(),
    }
}
