//! `skyfeed unpack`.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use futures::TryStreamExt;
use serde_json::json;
use skyfeed_pipeline::{
    id::ImageId,
    layout,
    names::Revision,
    staged::{Study, TileReader},
};

use crate::{
    archive_file::ArchiveFile, batch::unless_stopped, context::Context, error::UsageError, exit::Exit,
    interrupt::Interrupt, outdir::Outdir, progress::Progress, revision::the_one, shell::quoted,
};

/// Write the tiles of a staged study, or of an archive, as single files
///
/// Takes an image id of the feed: then index_rel.wtml and the thumbnail come with the tiles, and all is checked against what was staged. Or takes an archive
/// file, whose tiles are checked if tiles.digests lies beside it. A folder that holds the very same already is left as it is.
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
    /// The folder to write into; it is made if it is not there
    #[arg(long, value_name = "DIR")]
    outdir: PathBuf,
}

/// What was written.
struct Unpacked {
    tiles: u64,
    /// The revision; `None` for an archive file.
    revision: Option<Revision>,
    is_checked: bool,
}

impl Unpack {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let unpacked = if self.what.ends_with(".pmtiles") {
            if self.revision.is_some() {
                return Err(UsageError("--revision is of a study, not of a file".to_owned()).into());
            }
            let (file, outdir) = (PathBuf::from(&self.what), Outdir::prepare_again(&self.outdir, is_ours)?);
            let interrupt = context.interrupt.clone();
            let work = tokio::task::spawn_blocking(move || of_file(&file, outdir, &interrupt));
            match work.await? {
                Err(_) if context.interrupt.is_set() => None,
                unpacked => Some(unpacked?),
            }
        } else {
            unless_stopped(context, self.of_study(context)).await.transpose()?
        };
        match unpacked {
            Some(unpacked) if !context.interrupt.is_set() => self.tell(context, &unpacked),
            _ => Ok(context.interrupt.exit_or(Exit::Done)),
        }
    }

    async fn of_study(&self, context: &Context) -> anyhow::Result<Unpacked> {
        let id = ImageId::new(self.what.as_str()).map_err(|error| UsageError(error.to_string()))?;
        let env = context.feed.environment_to_read("unpack").await?;
        let revision = match &self.revision {
            Some(revision) => revision.clone(),
            None => the_one(&env, &id, &context.feed.as_arguments()).await?,
        };
        let study = Study::find(&env, &id, &revision).await?;
        let study = study.with_context(|| format!("`{id}` has no staged revision {revision}"))?;
        let outdir = Outdir::prepare_again(&self.outdir, is_ours)?;
        let thumbnail = study.thumbnail(&*env.work).await?;
        let wtml = study.index_rel(&*env.work).await?;
        let reader = TileReader::open(&env.work, &study).await?;
        let progress = Progress::start(context.output, "unpacking", usize::try_from(study.tile_count())?);
        let mut tiles = reader.all();
        while let Some(tile) = tiles.try_next().await? {
            outdir.write(&tile.name, &tile.bytes)?;
            progress.advance();
        }
        outdir.write(layout::THUMBNAIL, &thumbnail)?;
        outdir.write(layout::INDEX_REL, &wtml)?;
        outdir.finish_same()?;
        Ok(Unpacked { tiles: study.tile_count(), revision: Some(revision), is_checked: true })
    }

    fn tell(&self, context: &Context, unpacked: &Unpacked) -> anyhow::Result<Exit> {
        let (output, dir) = (context.output, self.outdir.display());
        let Unpacked { tiles, revision, is_checked } = unpacked;
        match revision {
            Some(revision) => {
                output.line(format_args!("{dir}: revision {revision} of {}, {tiles} tiles", self.what))?;
                output.line(format_args!("look at it: skyfeed serve {}", quoted(&self.outdir.to_string_lossy())))?;
            }
            None => output.line(format_args!("{dir}: {tiles} tiles; an archive says no place on the sky"))?,
        }
        if !is_checked {
            output.line(format_args!("nothing was checked: there is no {} beside the archive", layout::DIGESTS))?;
        }
        output.document(&json!({
            "outdir": self.outdir, "tiles": tiles, "revision": revision, "checked": is_checked,
        }))?;
        Ok(Exit::Done)
    }
}

fn of_file(path: &Path, outdir: Outdir, interrupt: &Interrupt) -> anyhow::Result<Unpacked> {
    let mut archive = ArchiveFile::open(path)?;
    let (tiles, is_checked) = (archive.tile_count(), archive.is_checked());
    archive.each_tile(|name, bytes| {
        if interrupt.is_set() {
            anyhow::bail!("stopped");
        }
        Ok(outdir.write(name, bytes)?)
    })?;
    outdir.finish_same()?;
    Ok(Unpacked { tiles, revision: None, is_checked })
}

/// Whether a file of this name may be of a study.
fn is_ours(name: &str) -> bool {
    name == layout::THUMBNAIL || name == layout::INDEX_REL || layout::tile_of_name(name).is_some()
}
