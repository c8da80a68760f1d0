//! From what the stores hold to where the image stands. Pure: nothing is looked at here.

use jiff::Timestamp;
use skyfeed_ports::store::ObjectMeta;

use super::{
    Approval, Evidence, Next, Problem, RevisionStanding, Standing, State,
    approvals::{Weighed, is_rejected, order_if_approved, order_of, rejects, weigh},
    evidence::Record,
    problem::{self, PUBLISHING_UNAPPROVED, REJECTED_BUT_LIVE, TAKEDOWN_UNFINISHED},
    state::{DoneWith, names},
};
use crate::{
    config::Config,
    decisions::Decision,
    layout::{self, decision::About, site},
    names::{Person, Revision},
    put_off,
    record::{Published, PublishedState, PutOff, SitePlace, Takedown},
    stage::Stage,
    staged::Study,
};

/// What holds for every image of the feed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules<'a> {
    pub(super) config: &'a Config,
    pub(super) now: Timestamp,
}

/// The state with what explains it.
struct Told {
    state: State,
    revision: Option<Revision>,
    since: Option<Timestamp>,
    why: String,
    who: Vec<Person>,
    problem: Option<Problem>,
    next: Next,
}

impl Told {
    fn new(state: State, since: Option<Timestamp>, why: impl Into<String>, next: Next) -> Self {
        Self { state, revision: None, since, why: why.into(), who: Vec::new(), problem: None, next }
    }

    fn of(mut self, revision: &Revision) -> Self {
        self.revision = Some(revision.clone());
        self
    }

    fn by(mut self, who: &[Person]) -> Self {
        self.who = who.to_vec();
        self
    }

    fn problem(mut self, code: &'static str, text: impl Into<String>) -> Self {
        self.problem = Some(Problem { code, text: text.into() });
        self
    }

    /// A record of the image is damaged, so that somebody has to mend it.
    fn damaged(state: State, meta: &ObjectMeta, problem: &str, why: &str) -> Self {
        let told = Self::new(state, Some(meta.modified), why, Next::Mend { key: meta.key.clone() });
        told.problem("unreadable-record", problem::cannot_be_read(&meta.key, problem))
    }

    /// Somebody rejected it.
    fn rejected(since: Option<Timestamp>, who: &[Person], note: &str) -> Self {
        let note = if note.is_empty() { String::new() } else { format!(": {note}") };
        let why = format!("rejected by {}{note}", names(who));
        Self::new(State::Rejected, since, why, Next::Undo).by(who)
    }
}

/// Where an image stands; `None` if there is nothing of it but perhaps a folder of others.
pub(super) fn derive(evidence: Evidence, rules: Rules<'_>) -> Option<Standing> {
    let mut weighed: Vec<Weighed> = evidence
        .staged
        .iter()
        .map(|staged| weigh(staged, &evidence.decisions, rules.config.approvals_required, evidence.live()))
        .collect();
    // The newest first: it is what people mean.
    weighed.sort_by(|a, b| {
        b.standing.staged.cmp(&a.standing.staged).then_with(|| a.standing.revision.cmp(&b.standing.revision))
    });
    let to_publish = to_publish(&evidence, &weighed, rules);
    let told = tell(&evidence, &weighed, to_publish.as_ref(), rules)?;
    let mut refused: Vec<_> = evidence.decisions.iter().filter_map(|found| found.as_ref().err().cloned()).collect();
    refused.extend(weighed.iter().flat_map(|weighed| weighed.refused.iter().cloned()));
    refused.sort_by(|a, b| a.key.cmp(&b.key));
    refused.dedup_by(|a, b| a.key == b.key);
    let away = matches!(told.state, State::Retracted | State::Skipped | State::Unusable | State::Unreadable);
    let gone = matches!(told.state, State::Retracted | State::Skipped | State::Unreadable | State::Offered);
    let problem = told.problem.or_else(|| problem::unread(&evidence));
    let problem = problem.or_else(|| if gone { None } else { problem::of_new_image(&evidence, &told.state) });
    let asked = if gone { None } else { asked(&evidence) };
    let changed_at_source =
        asked.is_some_and(|asked| evidence.candidate.as_ref().is_some_and(|it| it.modified > asked));
    let next = match told.next {
        Next::Nothing { .. } | Next::FetchAgain if changed_at_source => Next::Fetch,
        Next::Nothing { .. } if problem.as_ref().is_some_and(Problem::is_of_new_image) => mend_image(&evidence),
        next => next,
    };
    let mut standing = Standing {
        title: title(&evidence),
        code: problem.as_ref().map_or(told.state.name(), |problem| problem.code),
        id: evidence.id.clone(),
        state: told.state,
        revision: told.revision,
        since: told.since,
        why: told.why,
        who: told.who,
        problem,
        next,
        revisions: weighed.into_iter().map(|weighed| weighed.standing).collect(),
        refused,
        to_publish: to_publish.filter(|_| !away),
        same_as: None,
        image_sha256: image_sha256(&evidence),
        changed_at_source,
        is_followed: asked.is_some(),
        fetched: evidence.fetched.as_ref().map(|fetched| fetched.modified),
        fetch_put_off: fetch_put_off(&evidence),
        done_with: done_with(&evidence, rules),
        is_unusable: evidence.unusable.is_some(),
        open_attempt: None,
    };
    if let Some(attempt) = evidence.open_attempt {
        standing.note(attempt);
    }
    Some(standing)
}

/// The approved revision that should be on the site and is not, or not at its present place.
///
/// Of several the last approved, and never one that was approved before what is live: that its newer one was cleaned away does not bring it back.
fn to_publish(evidence: &Evidence, weighed: &[Weighed], rules: Rules<'_>) -> Option<Revision> {
    let live = evidence.live();
    let best = weighed.iter().filter(|weighed| weighed.order.is_some()).max_by_key(|weighed| weighed.order);
    let Some(live) = live else {
        // Perhaps its record was cleaned away together with what was live.
        let best = best.filter(|best| !is_passed_over(best, evidence, rules));
        return best.map(|weighed| weighed.standing.revision.clone());
    };
    let newer = best.filter(|best| {
        best.standing.revision != live.revision && best.order > order_of(&live.revision, &evidence.decisions)
    });
    if let Some(newer) = newer {
        return Some(newer.standing.revision.clone());
    }
    let unfinished = matches!(
        evidence.published.as_ref().map(|record| &record.content),
        Some(Ok(Published { state: PublishedState::Publishing { .. }, .. }))
    );
    let moved = live.to.as_ref() != Some(&SitePlace::of(rules.config));
    let staged = evidence.staged.iter().any(|staged| staged.revision == live.revision);
    let rejected = weighed
        .iter()
        .any(|weighed| weighed.standing.revision == live.revision && weighed.standing.approval == Approval::Rejected);
    ((moved || unfinished) && staged && !rejected).then(|| live.revision.clone())
}

/// Whether something that was approved later is gone.
fn is_passed_over(best: &Weighed, evidence: &Evidence, rules: Rules<'_>) -> bool {
    let required = rules.config.approvals_required;
    decided_on_and_gone(evidence)
        .any(|revision| order_if_approved(revision, &evidence.decisions, required) > best.order)
}

/// The revisions that somebody decided on, and that are not staged; some more than once.
fn decided_on_and_gone(evidence: &Evidence) -> impl Iterator<Item = &Revision> {
    let is_staged = |revision: &Revision| evidence.staged.iter().any(|staged| staged.revision == *revision);
    let decided_on = evidence.decisions.iter().flatten().filter_map(|decision| match &decision.about {
        About::Revision(revision) => Some(revision),
        About::Candidate => None,
    });
    decided_on.filter(move |revision| !is_staged(revision))
}

/// What is not staged, and need not be made again.
fn done_with(evidence: &Evidence, rules: Rules<'_>) -> DoneWith {
    let decisions = &evidence.decisions;
    let (mut revisions, wanted): (Vec<Revision>, Vec<Revision>) =
        decided_on_and_gone(evidence).cloned().partition(|revision| is_rejected(Some(revision), decisions));
    if let Some(Ok(Published { state: PublishedState::Live(live), .. })) =
        evidence.published.as_ref().map(|it| &it.content)
        && live.to.as_ref() == Some(&SitePlace::of(rules.config))
    {
        revisions.push(live.revision.clone());
    }
    DoneWith { revisions, wanted, others: is_rejected(None, decisions) }
}

fn tell(evidence: &Evidence, weighed: &[Weighed], to_publish: Option<&Revision>, rules: Rules<'_>) -> Option<Told> {
    on_site(evidence, weighed, to_publish)
        .or_else(|| approved(weighed, to_publish))
        .or_else(|| unusable(evidence))
        .or_else(|| staged(weighed, rules))
        .or_else(|| undecided(evidence, rules))
}

/// What is or was on the site, or is never to come there.
fn on_site(evidence: &Evidence, weighed: &[Weighed], to_publish: Option<&Revision>) -> Option<Told> {
    let Some(record) = &evidence.published else {
        return match (evidence.skip_flag, evidence.index) {
            (Some(since), _) => {
                Some(Told::new(State::Skipped, Some(since), "it is never to be processed", Next::Restore))
            }
            (None, Some(since)) => {
                let nothing = Next::Nothing { because: "it is as another program published it" };
                let told = Told::new(State::Published, Some(since), "another program published it", nothing);
                Some(with_what_is_new(told, weighed, to_publish))
            }
            (None, None) => None,
        };
    };
    let since = Some(record.meta.modified);
    let published = match &record.content {
        Ok(published) => published,
        Err(problem) => {
            let why = "its published record is damaged";
            return Some(Told::damaged(State::Unreadable, &record.meta, problem, why));
        }
    };
    Some(match &published.state {
        PublishedState::Retracted(taken) | PublishedState::Retracting(taken) => {
            let Takedown { revision, by, note, .. } = taken;
            let why =
                if note.is_empty() { "it was taken down".to_owned() } else { format!("it was taken down: {note}") };
            let who: Vec<Person> = by.iter().filter_map(|by| Person::new(by).ok()).collect();
            let told = Told { revision: revision.clone(), ..Told::new(State::Retracted, since, why, Next::Restore) };
            let told = told.by(&who);
            match &published.state {
                PublishedState::Retracting(_) => Told { next: Next::Retract, ..told }.problem(
                    TAKEDOWN_UNFINISHED,
                    match taken.rising {
                        true => {
                            "somebody began to bring it back and did not end: it is taken down again, or `restore` it"
                        }
                        false => "somebody began to take it down, and some of it may still be on the site",
                    },
                ),
                _ => told,
            }
        }
        _ if evidence.skip_flag.is_some() => {
            let flag = site::skip_flag(&evidence.id);
            Told::new(State::Retracted, evidence.skip_flag, "a takedown began", Next::Retract)
                .problem(TAKEDOWN_UNFINISHED, format!("`{flag}` is there, and so is what it is about"))
        }
        PublishedState::Publishing { revision, .. } => {
            let told = Told::new(State::Publishing, since, "its tiles are on their way to the site", Next::Publish);
            match to_publish {
                Some(_) => told.of(revision),
                None => Told { next: Next::Retract, ..told.of(revision) }.problem(
                    PUBLISHING_UNAPPROVED,
                    "it is no longer approved, and some of it may be on the site until it is retracted",
                ),
            }
        }
        PublishedState::Live(live) => {
            let who: Vec<Person> = live.by.iter().filter_map(|by| Person::new(by).ok()).collect();
            let nothing = Next::Nothing { because: "it is on the site" };
            let told = Told::new(State::Published, since, "it is on the site", nothing).of(&live.revision).by(&who);
            let told = with_what_is_new(told, weighed, to_publish.filter(|_| live.to.is_some()));
            match weighed
                .iter()
                .find(|weighed| weighed.standing.live && weighed.standing.approval == Approval::Rejected)
            {
                Some(rejected) => {
                    let by = names(&rejected.standing.rejected_by);
                    Told { next: Next::Retract, ..told }.problem(
                        REJECTED_BUT_LIVE,
                        format!("{by} rejected it, and it is on the site until it is retracted"),
                    )
                }
                None => told,
            }
        }
    })
}

/// Something new of an image that is on the site may have to be published, or wait for people.
fn with_what_is_new(told: Told, weighed: &[Weighed], to_publish: Option<&Revision>) -> Told {
    if to_publish.is_some() {
        return Told { next: Next::Publish, ..told };
    }
    // What is older than what is live was passed over.
    let newer = weighed.iter().take_while(|weighed| !weighed.standing.live);
    let waits = |weighed: &&Weighed| weighed.standing.approval == Approval::Waiting;
    match newer.into_iter().find(waits) {
        Some(new) => Told { next: Next::Preview { revision: new.standing.revision.clone() }, ..told },
        None => told,
    }
}

fn unusable(evidence: &Evidence) -> Option<Told> {
    let record = evidence.unusable.as_ref()?;
    let since = Some(record.meta.modified);
    let again = if evidence.candidate.is_some() {
        Next::FetchAgain
    } else {
        Next::Mend {
            key: evidence.inbox.images.first().map_or_else(|| record.meta.key.clone(), |image| image.key.clone()),
        }
    };
    Some(match &record.content {
        Ok(unusable) => Told::new(State::Unusable, since, unusable.reason.clone(), again),
        Err(problem) => Told::damaged(State::Unusable, &record.meta, problem, "nobody can read why"),
    })
}

/// What is to be on the site, also if its image was replaced meanwhile by one that cannot be used.
fn approved(weighed: &[Weighed], to_publish: Option<&Revision>) -> Option<Told> {
    let approved = weighed.iter().map(|weighed| &weighed.standing).find(|one| Some(&one.revision) == to_publish)?;
    let why = format!("approved by {}", names(&approved.approved_by));
    let told = Told::new(State::Approved, approved.decided, why, Next::Publish);
    Some(told.of(&approved.revision).by(&approved.approved_by))
}

/// What is to be done about an image that cannot be used.
fn mend_image(evidence: &Evidence) -> Next {
    if evidence.candidate.is_some() && evidence.inbox.images.len() < 2 {
        return Next::FetchAgain;
    }
    let record = || layout::unusable(&evidence.id);
    Next::Mend { key: evidence.inbox.images.first().map_or_else(record, |image| image.key.clone()) }
}

/// What the decisions make of the revisions.
fn staged(weighed: &[Weighed], rules: Rules<'_>) -> Option<Told> {
    let find =
        |approval: Approval| weighed.iter().map(|weighed| &weighed.standing).find(|one| one.approval == approval);
    if let Some(waiting) = find(Approval::Waiting) {
        return Some(waits(waiting, rules.config.approvals_required));
    }
    if let Some(unreadable) = find(Approval::Unreadable) {
        let told = Told::new(
            State::Unreadable,
            Some(unreadable.staged),
            "a record of it is damaged",
            Next::Nothing { because: "the damaged record has to be mended or deleted first" },
        );
        return Some(told.of(&unreadable.revision));
    }
    if let Some(passed) = find(Approval::Approved) {
        let required = rules.config.approvals_required;
        let state = State::Staged { approvals: count(&passed.approved_by), required };
        let why = "what was approved after it is gone; to publish this one, approve it again";
        let told = Told::new(state, passed.decided, why, Next::Preview { revision: passed.revision.clone() });
        return Some(told.of(&passed.revision).by(&passed.approved_by));
    }
    let rejected = find(Approval::Rejected)?;
    Some(Told::rejected(rejected.decided, &rejected.rejected_by, &rejected.note).of(&rejected.revision))
}

fn waits(waiting: &RevisionStanding, required: u32) -> Told {
    let approvals = count(&waiting.approved_by);
    let why = waiting.approvals(required);
    let next = Next::Preview { revision: waiting.revision.clone() };
    let since = waiting.decided.unwrap_or(waiting.staged);
    let told = Told::new(State::Staged { approvals, required }, Some(since), why, next);
    told.of(&waiting.revision).by(&waiting.approved_by)
}

fn count(people: &[Person]) -> u32 {
    u32::try_from(people.len()).unwrap_or(u32::MAX)
}

/// An image of which nothing is staged.
fn undecided(evidence: &Evidence, rules: Rules<'_>) -> Option<Told> {
    let people = |rejects: &[&Decision]| -> Vec<Person> { rejects.iter().map(|reject| reject.by.clone()).collect() };
    let of_image = rejects(evidence.decisions.iter().flatten().filter(|one| one.about == About::Candidate));
    if let Some(first) = of_image.first() {
        return Some(Told::rejected(Some(first.at), &people(&of_image), &first.note));
    }
    // The staged revision is gone, the word stays.
    let of_any = rejects(evidence.decisions.iter().flatten());
    if let Some(first) = of_any.first() {
        return Some(Told::rejected(Some(first.at), &people(&of_any), ""));
    }
    if let Some(told) = put_off(evidence, rules.now) {
        return Some(told);
    }
    match evidence.inbox.images.as_slice() {
        [] => {
            let candidate = evidence.candidate.as_ref()?;
            Some(Told::new(State::Offered, Some(candidate.modified), "the source offers it", Next::Fetch))
        }
        [image] => Some(Told::new(State::Fetched, Some(image.modified), "its image is in the inbox", Next::Tile)),
        [one, two, ..] => {
            let next = Next::Mend { key: one.key.clone() };
            Some(Told::new(State::Fetched, Some(two.modified), "more than one image is in the inbox", next))
        }
    }
}

/// When the source was last asked for the file of an image that came from there; `None` also if somebody rejected the image as such. Of images that were downloaded before this was
/// noted, what was made then tells: the record why it is unusable, or the download itself, by its name.
fn asked(evidence: &Evidence) -> Option<Timestamp> {
    evidence.candidate.as_ref()?;
    if !rejects(evidence.decisions.iter().flatten().filter(|one| one.about == About::Candidate)).is_empty() {
        return None;
    }
    let unusable = evidence.unusable.as_ref().map(|record| record.meta.modified);
    let downloaded = evidence.inbox.image().filter(|image| layout::is_inbox_image(&evidence.id, &image.key));
    let downloaded = downloaded.map(|image| image.modified);
    evidence.fetched.as_ref().map(|fetched| fetched.modified).or(unusable).or(downloaded)
}

/// Until when it is not to be fetched.
fn fetch_put_off(evidence: &Evidence) -> Option<Timestamp> {
    let record = evidence.put_off.as_ref()?;
    let off = record.content.as_ref().ok()?;
    (off.stage == Stage::Fetch && !is_over(evidence, record)).then_some(off.until)
}

/// Whether the source gave the image since it was put off, or said that it is still the same, or that it cannot be used.
fn is_over(evidence: &Evidence, record: &Record<PutOff>) -> bool {
    let unusable = evidence.unusable.as_ref().map(|record| &record.meta);
    put_off::is_past(record.meta.modified, evidence.inbox.images.iter().chain(&evidence.fetched).chain(unusable))
}

fn put_off(evidence: &Evidence, now: Timestamp) -> Option<Told> {
    let record = evidence.put_off.as_ref()?;
    let since = Some(record.meta.modified);
    match &record.content {
        Ok(_) if is_over(evidence, record) => None,
        Ok(off) if off.until > now => {
            let state = State::PutOff { stage: off.stage, tries: off.tries, until: off.until };
            let told = Told::new(state, since, off.reason.clone(), Next::Wait { until: off.until });
            let times = if off.tries == 1 { "once".to_owned() } else { format!("{} times", off.tries) };
            Some(told.problem("put-off", format!("{} failed {times}: {}", off.stage, off.reason)))
        }
        Ok(off) => {
            let candidate = evidence.candidate.as_ref()?;
            let why = format!("the source offers it, and it is to be tried again: {}", off.reason);
            Some(Told::new(State::Offered, Some(candidate.modified), why, Next::Fetch))
        }
        Err(problem) => Some(Told::damaged(State::Unreadable, &record.meta, problem, "a record of it is damaged")),
    }
}

fn title(evidence: &Evidence) -> Option<String> {
    let of_live = evidence.live().map(|live| live.title.clone());
    let of_staged = newest(evidence).map(|study| study.title.clone());
    of_live.into_iter().chain(of_staged).find(|title| !title.is_empty())
}

fn image_sha256(evidence: &Evidence) -> Option<String> {
    let of_live = evidence.live().map(|live| live.image_sha256.clone()).filter(|digest| !digest.is_empty());
    of_live.or_else(|| newest(evidence).map(|study| study.image_sha256.clone()))
}

/// The newest staged study, of those that were read.
fn newest(evidence: &Evidence) -> Option<&Study> {
    let read = evidence.staged.iter().filter_map(|one| Some((one.meta.modified, one.study.as_ref()?.as_ref().ok()?)));
    read.max_by_key(|(staged, _)| *staged).map(|(_, study)| study)
}
