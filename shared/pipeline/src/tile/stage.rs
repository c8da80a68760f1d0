//! From an image in the inbox to a complete revision in `staged/`.

use std::{io::BufRead, path::Path};

use bytes::Bytes;
use sha2::{Digest, Sha256};
use skyfeed_tiling::pixels::{
    Cost, ImageFile, PixelError, Pyramid, PyramidOptions, ReadOptions, TileFormat, make_pyramid,
};

use super::{Staged, find_staged, inbox::Inbox, options, upload};
use crate::{
    capacity::DoesNotFit,
    claim::Settled,
    environment::{Environment, cores},
    error::StepError,
    id::ImageId,
    layout,
    objects::write_json,
    plan::Plan,
    record::{FORMAT, Manifest, SourceRecord},
    revision::Revision,
    scratch,
    study::{self, Coordinates, PlacedStudy, StudyText},
    unusable,
};
use skyfeed_ports::store::{Body, Condition};

/// Does the work of `tile` under its claim.
pub(super) async fn stage(env: &Environment, id: &ImageId, inbox: &Inbox) -> Result<Settled<Staged>, StepError> {
    if let Some(capacity) = &env.capacity {
        capacity.check_file(inbox.image_bytes()).map_err(|source| does_not_fit(id, source))?;
    }
    let folder = scratch::folder(&env.scratch)?;
    let file = folder.path().join(layout::IMAGE_STEM);
    inbox.spool(env, &file).await?;
    let record = inbox.record(env, id).await?;
    let image_sha256 = sha256_of_file(&file).await?;
    let revision = revision(env, &image_sha256, record.as_ref().map(|(bytes, _)| bytes));
    tracing::Span::current().record("revision", revision.as_str());
    if let Some(staged) = find_staged(env, id, &revision).await? {
        return Ok(Settled::Done { value: staged, receipt: revision.into() });
    }
    match make(env, id, &file, record.map(|(_, record)| record), &revision, &image_sha256).await {
        Ok(manifest) => {
            unusable::forget(env, id).await?;
            Ok(Settled::Done { receipt: revision.to_string(), value: Staged { revision, manifest } })
        }
        Err(Failure::NoPlace(reason)) => {
            unusable::set_aside(env, id, &reason).await?;
            Ok(Settled::Unusable(reason))
        }
        Err(Failure::Step(error @ StepError::Image { .. })) if !error.is_transient() => {
            unusable::set_aside(env, id, &error.chain().join(": ")).await?;
            Ok(Settled::Bad(error))
        }
        Err(Failure::Step(error)) => Err(error),
    }
}

/// Why there is no revision.
enum Failure {
    /// The image is sound, but cannot be put on the sky.
    NoPlace(String),
    Step(StepError),
}

impl<E: Into<StepError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Step(error.into())
    }
}

async fn make(
    env: &Environment,
    id: &ImageId,
    file: &Path,
    record: Option<SourceRecord>,
    revision: &Revision,
    image_sha256: &str,
) -> Result<Manifest, Failure> {
    let bad = |source: PixelError| StepError::Image { id: id.clone(), source };
    let image = ImageFile::open(file, &env.config.limits).map_err(bad)?;
    let (coordinates, text) = describe(id, &image, record)?;
    let placed = study::place(image.header(), &coordinates, None, env.config.ignore_orientation)
        .map_err(|error| Failure::NoPlace(error.to_string()))?;

    let options = PyramidOptions {
        cascade: env.config.cascade,
        orientation: placed.orientation,
        format: env.config.tile_format,
        compression: env.config.compression,
    };
    if let Some(capacity) = &env.capacity {
        let cost = Cost::of(&image, &ReadOptions::default(), &options, cores()).map_err(bad)?;
        capacity.check(&Plan::new(cost)).map_err(|source| does_not_fit(id, source))?;
    }
    let folder = layout::staged_revision(id, revision);
    let present = upload::present(&*env.work, &folder).await?;
    let (outbox, tiles) = upload::channel();
    let format = options.format;
    let tiling = tokio::task::spawn_blocking(move || -> Result<_, PixelError> {
        let (mut rows, mut warnings) = image.into_rows(&ReadOptions::default())?;
        let pyramid =
            make_pyramid(&mut *rows, &options, &|tile, bytes| outbox.send(layout::tile(tile, format), bytes))?;
        warnings.extend(rows.take_warnings());
        Ok((pyramid, warnings, outbox.into_sent()))
    });
    // A put that failed makes the tiling fail as well; the put says why.
    upload::put_all(&*env.work, &folder, upload::headers(format.content_type()), &present, tiles).await?;
    let (pyramid, warnings, mut objects) = tiling
        .await
        .map_err(|panic| StepError::Local { action: "tiling", source: std::io::Error::other(panic) })?
        .map_err(bad)?;

    for (name, bytes, content_type) in documents(&placed, &text, &pyramid, format).map_err(bad)? {
        objects.push(upload::manifest_object(name, &bytes));
        let headers = upload::headers(content_type);
        env.work.put(&format!("{folder}{name}"), Body::Bytes(&bytes), headers, Condition::Always).await?;
    }
    objects.sort_by(|a, b| a.key.cmp(&b.key));
    let size = pyramid.study.size();
    let manifest = Manifest {
        format: FORMAT,
        id: id.clone(),
        revision: revision.to_string(),
        image_sha256: image_sha256.to_owned(),
        size_px: [size.width, size.height],
        tile_levels: pyramid.study.tile_levels(),
        objects,
        warnings: placed.warnings.iter().chain(&warnings).map(ToString::to_string).collect(),
    };
    write_json(&*env.work, &layout::manifest(id, revision), &manifest, Condition::Always).await?;
    Ok(manifest)
}

fn does_not_fit(id: &ImageId, source: DoesNotFit) -> StepError {
    StepError::DoesNotFit { id: id.clone(), source }
}

/// Where the image is and what is said of it: by its record, else by the AVM inside the picture.
fn describe(
    id: &ImageId,
    image: &ImageFile,
    record: Option<SourceRecord>,
) -> Result<(Coordinates, StudyText), Failure> {
    if let Some(record) = record {
        let text = StudyText::from_record(&record);
        if let Some(spatial) = record.spatial {
            return Ok((Coordinates::Feed(spatial), text));
        }
        let avm = study::avm_of(image.header()).map_err(|error| Failure::NoPlace(error.to_string()))?;
        return Ok((Coordinates::Avm(avm), text));
    }
    let avm = study::avm_of(image.header()).map_err(|error| Failure::NoPlace(error.to_string()))?;
    let text = StudyText::from_avm(&avm, id.as_str()).with_escaped_markup();
    Ok((Coordinates::Avm(avm), text))
}

/// The thumbnail and the WTML of a revision.
fn documents(
    placed: &PlacedStudy,
    text: &StudyText,
    pyramid: &Pyramid,
    format: TileFormat,
) -> Result<[(&'static str, Bytes, &'static str); 2], PixelError> {
    let thumbnail = pyramid.thumbnail.to_jpeg()?;
    let folder = study::folder(&placed.placement, text, pyramid.study.tile_levels(), &layout::tile_url(format), format);
    Ok([
        (layout::THUMBNAIL, thumbnail.into(), "image/jpeg"),
        (layout::INDEX_REL, folder.to_xml().into(), "application/x-wtml"),
    ])
}

fn revision(env: &Environment, image_sha256: &str, record: Option<&Bytes>) -> Revision {
    let record = record.map(|bytes| Sha256::digest(bytes).to_vec()).unwrap_or_default();
    Revision::of(&[image_sha256.as_bytes(), &record, &options::canonical(&env.config)])
}

async fn sha256_of_file(file: &Path) -> Result<String, StepError> {
    let file = file.to_owned();
    let hash = move || -> std::io::Result<String> {
        let mut file = std::io::BufReader::with_capacity(1 << 18, std::fs::File::open(file)?);
        let mut digest = Sha256::new();
        loop {
            let read = file.fill_buf()?;
            if read.is_empty() {
                return Ok(hex::encode(digest.finalize()));
            }
            digest.update(read);
            let length = read.len();
            file.consume(length);
        }
    };
    tokio::task::spawn_blocking(hash)
        .await
        .map_err(std::io::Error::other)
        .and_then(|hashed| hashed)
        .map_err(|source| StepError::Local { action: "reading the spooled image", source })
}
