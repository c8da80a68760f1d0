//! From an image in the inbox to a complete revision in `staged/`.

use std::{
    io::BufRead,
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};
use skyfeed_tiling::pixels::{Cost, ImageFile, PixelError, PyramidOptions, ReadOptions};

use super::{
    documents::{Documents, Names},
    pixels,
    waiting::Waiting,
};
use crate::{
    blocking,
    capacity::DoesNotFit,
    claim::Settled,
    environment::{Environment, cores},
    error::StepError,
    id::ImageId,
    layout,
    names::Revision,
    plan::Plan,
    put_off,
    record::SourceRecord,
    scratch,
    staged::Study,
    study::{self, Coordinates, PlacedStudy, StudyText},
    unusable,
};

/// Does the work of `tile` under its claim.
pub(super) async fn stage(env: Environment, id: &ImageId, waiting: &Waiting) -> Result<Settled<Study>, StepError> {
    let env = &env;
    let image = Spooled::of(env, id, waiting).await?;
    match make(env, id, waiting, &image).await {
        Ok(study) => {
            unusable::forget(env, id).await?;
            Ok(Settled::Done { receipt: study.revision.to_string(), value: study })
        }
        Err(Failure::NoPlace(reason)) => {
            unusable::set_aside(env, id, &reason).await?;
            Ok(Settled::Unusable(reason))
        }
        Err(Failure::Step(error @ StepError::Image { .. })) if !error.is_transient() => {
            if may_be_better(env, id, &error, waiting, &image.sha256).await? {
                return Err(put_off::put_off(env, id, error, Some(image.sha256)).await?);
            }
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

/// Whether another download may bring a better image than this one, which is damaged: unless it is the second one of these bytes, or nobody downloaded it.
async fn may_be_better(
    env: &Environment,
    id: &ImageId,
    error: &StepError,
    waiting: &Waiting,
    sha256: &str,
) -> Result<bool, StepError> {
    let StepError::Image { source: PixelError::Damaged { .. }, .. } = error else { return Ok(false) };
    if !env.config.source.is_remote() || env.work.head(&layout::candidate(id)).await?.is_none() {
        return Ok(false);
    }
    let before = put_off::read(env, id).await?;
    Ok(before.is_none_or(|(meta, record)| {
        record.image_sha256.as_deref() != Some(sha256) || !put_off::is_past(meta.modified, [&waiting.image])
    }))
}

/// The image on local disk, as long as this lives.
struct Spooled {
    folder: scratch::Scratch,
    file: PathBuf,
    sha256: String,
}

impl Spooled {
    async fn of(env: &Environment, id: &ImageId, waiting: &Waiting) -> Result<Self, StepError> {
        if let Some(capacity) = &env.capacity {
            capacity.check_disk(waiting.image.size_bytes).map_err(|source| does_not_fit(id, source))?;
        }
        let folder = scratch::folder(&env.scratch)?;
        let file = folder.path().join(layout::IMAGE_STEM);
        waiting.spool(env, &file).await?;
        let sha256 = sha256_of_file(&file).await?;
        Ok(Self { folder, file, sha256 })
    }
}

async fn make(env: &Environment, id: &ImageId, waiting: &Waiting, spooled: &Spooled) -> Result<Study, Failure> {
    let (record_bytes, record) = waiting.record(env, id).await?.unzip();
    let record_bytes = record_bytes.as_deref();
    let (file, image_sha256) = (spooled.file.clone(), &spooled.sha256);
    let first_edition = Revision::of_first_edition(image_sha256, record_bytes, &env.config);
    if let Some(revision) = first_edition
        && let Some(study) = Study::find(env, id, &revision).await?
    {
        return Ok(study);
    }

    let bad = |source: PixelError| StepError::Image { id: id.clone(), source };
    let limits = env.config.limits;
    let opened = blocking::run(move || ImageFile::open(&file, &limits)).await;
    let image = opened.unwrap_or_else(|ended| Err(pixels::broken_down(ended))).map_err(bad)?;
    let (coordinates, text) = describe(id, &image, record)?;
    let placed = study::place(image.header(), &coordinates, None, env.config.ignore_orientation)
        .map_err(|error| Failure::NoPlace(error.to_string()))?;
    let options = options(env, &placed);
    let names = Names::of(image_sha256, &options, record_bytes);
    tracing::Span::current().record("revision", names.revision.as_str());
    let mut made = pixels::find(env, id, &names.pixels).await?;
    if let Some(study) = Study::find(env, id, &names.revision).await? {
        if !made.as_ref().is_some_and(|made| made.are_of(&study)) {
            // Lost or altered since they were staged; the same bytes are made again.
            made = None;
        } else if env.work.head(&study.index_rel_key()).await?.is_some() {
            return Ok(study);
        }
    }

    let made = match made {
        Some(made) => made,
        None => {
            let plan = || Cost::of(&image, &ReadOptions::default(), &options, cores()).map(Plan::new);
            if let Some(capacity) = &env.capacity {
                capacity.check(&plan().map_err(bad)?).map_err(|source| does_not_fit(id, source))?;
            }
            let memory = match &env.memory {
                // What cannot be reckoned is tiled alone.
                Some(budget) => Some(budget.take(plan().map_or(u64::MAX, |plan| plan.memory_bytes)).await),
                None => None,
            };
            pixels::make(env, id, &names.pixels, image, options, spooled.folder.path(), memory).await?
        }
    };
    let documents = Documents { id, names: &names, image_sha256, placed: &placed, text: &text };
    Ok(documents.write(env, made).await?)
}

fn options(env: &Environment, placed: &PlacedStudy) -> PyramidOptions {
    PyramidOptions {
        cascade: env.config.cascade,
        orientation: placed.orientation,
        format: env.config.tile_format,
        compression: env.config.compression,
    }
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
    let action = "reading the spooled image";
    let hashed = blocking::run(hash).await.map_err(|ended| StepError::ended(action, ended))?;
    hashed.map_err(|source| StepError::Local { action, source })
}
