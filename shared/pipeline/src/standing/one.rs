//! Where one image stands: what concerns it is read, at once, and nothing else.

use futures::{StreamExt, TryStreamExt, stream};
use skyfeed_ports::{
    ledger::{Attempt, AttemptOutcome},
    store::StoreError,
};

use super::{
    Evidence, Standing,
    derive::{Rules, derive},
    evidence::{Reading, StagedRevision},
};
use crate::{
    environment::Environment,
    error::StepError,
    id::ImageId,
    inbox::Inbox,
    layout::{self, site},
    names::Revision,
    record::{Published, PutOff, Unusable},
    staged::Study,
};

/// Reads under way at a time.
const IN_FLIGHT: usize = 16;

impl Standing {
    /// Where an image stands; `None` if nothing is known of it.
    ///
    /// # Errors
    /// A store or the ledger failed. A record that cannot be read is told in the standing.
    pub async fn of(env: &Environment, id: &ImageId) -> Result<Option<Self>, StepError> {
        Ok(Self::derived(env, Evidence::of(env, id).await?))
    }

    /// What evidence comes to; `None` if there is nothing of the image.
    pub fn derived(env: &Environment, evidence: Evidence) -> Option<Self> {
        derive(evidence, Rules { config: &env.config, now: env.clock.now() })
    }
}

impl Evidence {
    /// Gathers all that concerns an image.
    ///
    /// # Errors
    /// A store or the ledger failed.
    pub async fn of(env: &Environment, id: &ImageId) -> Result<Self, StepError> {
        let (work, site_store) = (&*env.work, &*env.site);
        let reading = Reading { env };
        let (candidate, fetched) = (layout::candidate(id), layout::fetched(id));
        let (staged, decisions) = (layout::staged(id), layout::decisions(id));
        let (index, skip_flag) = (site::index(id), site::skip_flag(id));
        let records = futures::future::try_join4(
            reading.record_at(id, layout::put_off(id), |it: &PutOff| &it.id),
            reading.record_at(id, layout::unusable(id), |it: &Unusable| &it.id),
            reading.record_at(id, layout::published(id), |it: &Published| &it.id),
            futures::future::try_join(work.head(&candidate), work.head(&fetched)),
        );
        let listings =
            futures::future::try_join3(Inbox::find(env, id), work.list(&staged, true), work.list(&decisions, false));
        let on_site = futures::future::try_join(site_store.head(&index), site_store.head(&skip_flag));
        let (records, listings, on_site) = futures::future::try_join3(records, listings, on_site).await?;
        let (put_off, unusable, published, (candidate, fetched)) = records;
        let (inbox, staged, decisions) = listings;

        let names = staged
            .prefixes
            .iter()
            .filter_map(|prefix| prefix[layout::staged(id).len()..].trim_end_matches('/').parse().ok());
        let names: Vec<Revision> = names.collect();
        let revisions = stream::iter(names).map(|revision| manifest_of(&reading, id, revision)).buffered(IN_FLIGHT);
        let decisions = stream::iter(decisions.objects).map(|meta| reading.decision(id, meta)).buffered(IN_FLIGHT);
        let (staged, decisions, history) = futures::join!(
            revisions.try_collect::<Vec<_>>(),
            decisions.try_collect::<Vec<_>>(),
            env.ledger.history(id.as_str()),
        );
        Ok(Self {
            candidate,
            fetched,
            put_off,
            inbox,
            unusable,
            staged: staged?.into_iter().flatten().collect(),
            decisions: decisions?.into_iter().flatten().collect(),
            published,
            index: on_site.0.map(|meta| meta.modified),
            skip_flag: on_site.1.map(|meta| meta.modified),
            open_attempt: open_attempt(history?),
            ..Self::none(id.clone())
        })
    }
}

impl Evidence {
    /// Looks again at what people and other workers may have changed while a piece of work was under way: decisions, the published record, and whether the image is skipped.
    ///
    /// # Errors
    /// A store failed.
    pub(crate) async fn look_again(&mut self, env: &Environment) -> Result<(), StepError> {
        let (reading, id) = (Reading { env }, self.id.clone());
        let decisions = async {
            let listing = env.work.list(&layout::decisions(&id), false).await?;
            let read = stream::iter(listing.objects).map(|meta| reading.decision(&id, meta)).buffered(IN_FLIGHT);
            read.try_collect::<Vec<_>>().await
        };
        let flag = site::skip_flag(&id);
        let record = reading.record_at(&id, layout::published(&id), |it: &Published| &it.id);
        let (decisions, record, flag) = futures::future::try_join3(decisions, record, env.site.head(&flag)).await?;
        self.decisions = decisions.into_iter().flatten().collect();
        self.published = record;
        self.skip_flag = flag.map(|meta| meta.modified);
        Ok(())
    }
}

/// A revision if it is complete.
async fn manifest_of(
    reading: &Reading<'_>,
    id: &ImageId,
    revision: Revision,
) -> Result<Option<StagedRevision>, StoreError> {
    let Some(object) = reading.env.work.get(&layout::manifest(id, &revision)).await? else { return Ok(None) };
    let study = Some(Study::read(id, &revision, &object.bytes));
    Ok(Some(StagedRevision { revision, meta: object.meta, study }))
}

/// The attempt to look at: the last of its kind, which failed or is still running; of several kinds the latest.
fn open_attempt(history: Vec<Attempt>) -> Option<Attempt> {
    let is_last = |attempt: &Attempt| {
        let last = history.iter().rev().find(|other| other.kind == attempt.kind);
        last.is_some_and(|last| last.started == attempt.started && last.attempt == attempt.attempt)
    };
    let open =
        |attempt: &&Attempt| matches!(attempt.outcome, None | Some(AttemptOutcome::Failed { .. })) && is_last(attempt);
    history.iter().rev().find(open).cloned()
}
