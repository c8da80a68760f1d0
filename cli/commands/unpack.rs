//! `skyfeed unpack`.

use std::{
    fs::{self, File},
    io::{Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use clap::Args;
use futures::StreamExt;
use serde_json::json;
use skyfeed_pipeline::{
    id::ImageId,
    layout,
    names::Revision,
    staged::{Study, TileReader},
    standing::Standing,
};
use skyfeed_tiling::archive::{Head, Index};

use crate::{context::Context, error::UsageError, exit::Exit};

/// Write the tiles of a staged study, or of an archive, as single files
///
/// Takes an image id of the feed, and checks every tile against what was staged; or a file that ends in .pmtiles.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  skyfeed unpack eso1907a --outdir eso1907a && skyfeed serve eso1907a
  skyfeed unpack tiles.pmtiles --outdir tiles")]
pub(crate) struct Unpack {
    /// An image id, or a file that ends in .pmtiles
    #[arg(value_name = "ID|FILE")]
    what: String,
    /// The revision, if there are several
    #[arg(long)]
    revision: Option<Revision>,
    /// The folder for the tiles, new or empty
    #[arg(long, value_name = "DIR")]
    outdir: PathBuf,
}

impl Unpack {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        if fs::read_dir(&self.outdir).is_ok_and(|mut entries| entries.next().is_some()) {
            return Err(UsageError(format!("`{}` is not empty: name a new folder", self.outdir.display())).into());
        }
        let tiles = if self.what.ends_with(".pmtiles") {
            let (file, outdir) = (PathBuf::from(&self.what), self.outdir.clone());
            tokio::task::spawn_blocking(move || of_file(&file, &outdir)).await??
        } else {
            self.of_study(context).await?
        };
        let dir = self.outdir.display();
        context.output.line(format_args!("{tiles} tiles in {dir}"))?;
        context.output.document(&json!({"tiles": tiles, "dir": self.outdir}))?;
        Ok(Exit::Done)
    }

    async fn of_study(&self, context: &Context) -> anyhow::Result<u64> {
        let id = ImageId::new(self.what.as_str()).map_err(|error| UsageError(error.to_string()))?;
        let env = context.feed.environment_to_read("unpack").await?;
        let standing = Standing::of(&env, &id).await?.with_context(|| format!("nothing is known of `{id}`"))?;
        let newest = || standing.revisions.first().map(|one| one.revision.clone());
        let revision = self.revision.clone().or(standing.revision.clone()).or_else(newest);
        let revision = revision.with_context(|| format!("`{id}` has nothing staged; `tile` makes it"))?;
        let study = Study::find(&env, &id, &revision).await?;
        let study = study.with_context(|| format!("`{id}` has no staged revision {revision}"))?;
        fs::create_dir_all(&self.outdir)?;
        let reader = TileReader::open(&env.work, &study).await?;
        let mut tiles = reader.all();
        let mut count = 0;
        while let Some(tile) = tiles.next().await {
            let tile = tile?;
            fs::write(self.outdir.join(&tile.name), &tile.bytes)?;
            count += 1;
        }
        let thumbnail = format!("{}{}", study.pixels_folder(), layout::THUMBNAIL);
        let thumbnail = study.read_checked(&*env.work, &thumbnail, &study.thumbnail_sha256).await?;
        fs::write(self.outdir.join(layout::THUMBNAIL), thumbnail)?;
        let wtml = study.read_checked(&*env.work, &study.index_rel_key(), &study.index_rel_sha256).await?;
        fs::write(self.outdir.join(layout::INDEX_REL), wtml)?;
        Ok(count)
    }
}

fn of_file(path: &Path, outdir: &Path) -> anyhow::Result<u64> {
    let named = || format!("cannot unpack `{}`", path.display());
    let mut file = File::open(path).with_context(named)?;
    let index = index(&mut file).with_context(named)?;
    let extension = index.format().with_context(|| format!("`{}` holds tiles of an unknown kind", path.display()))?;
    fs::create_dir_all(outdir)?;
    let mut written = 0;
    for stored in index.stored() {
        let mut bytes = vec![0; usize::try_from(stored.range.end - stored.range.start)?];
        file.seek(SeekFrom::Start(stored.range.start))?;
        file.read_exact(&mut bytes).with_context(named)?;
        for tile in stored.tiles() {
            let name = layout::tile(tile, extension);
            fs::write(outdir.join(&name), &bytes)?;
            written += 1;
        }
    }
    Ok(written)
}

fn index(file: &mut File) -> anyhow::Result<Index> {
    let length = file.metadata()?.len();
    let mut head = Vec::new();
    file.take(Head::BYTES as u64).read_to_end(&mut head)?;
    let head = Head::parse(&head, length)?;
    let leaves = head.leaves();
    let mut bytes = vec![0; usize::try_from(leaves.end - leaves.start)?];
    file.seek(SeekFrom::Start(leaves.start))?;
    file.read_exact(&mut bytes)?;
    Ok(head.into_index(&bytes)?)
}
