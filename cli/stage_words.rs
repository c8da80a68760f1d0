//! The stages of the walk in words.

use skyfeed_pipeline::stage::Stage;

/// What is going on in a stage.
pub(crate) fn doing(stage: Stage) -> &'static str {
    match stage {
        Stage::Refresh => "refreshing",
        Stage::Fetch => "fetching",
        Stage::Tile => "tiling",
        Stage::Publish => "publishing",
        Stage::Reindex => "indexing",
        Stage::Retract => "retracting",
        Stage::Restore => "restoring",
        Stage::Look => "looking at",
        Stage::Clean => "cleaning",
    }
}

/// What became of an image in a stage.
pub(crate) fn done(stage: Stage) -> &'static str {
    match stage {
        Stage::Refresh => "refreshed",
        Stage::Fetch => "fetched",
        Stage::Tile => "tiled",
        Stage::Publish => "published",
        Stage::Reindex => "indexed",
        Stage::Retract => "retracted",
        Stage::Restore => "restored",
        Stage::Look => "looked at",
        Stage::Clean => "cleaned",
    }
}
