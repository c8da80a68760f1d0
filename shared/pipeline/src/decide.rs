//! `approve`, `reject` and `undo`: a person's word, added to what was said before.

use skyfeed_ports::store::{Condition, StoreError};

use crate::{
    decisions::Decision,
    environment::Environment,
    error::StepError,
    id::ImageId,
    layout::{
        self,
        decision::{About, DecisionKey},
    },
    names::{Person, Revision},
    objects::write_json,
    outcome::Outcome,
    record::{DecisionRecord, SECOND_FORMAT, Verdict},
    standing::{Approval, Evidence, RevisionStanding, Standing, State, last_words},
};

/// How many times the next number is looked for when the same person decides at several places at once.
const ROUNDS: u32 = 10;

/// What to decide.
#[derive(Clone, Debug)]
pub struct Decide {
    /// The image.
    pub id: ImageId,
    /// The revision; `None` if there is only one that it can mean.
    pub revision: Option<Revision>,
    /// Approve, reject or withdraw.
    pub verdict: Verdict,
    /// Who decides.
    pub by: Person,
    /// Why.
    pub note: String,
    /// Digest (hex) of the manifest that the person looked at; `None` for the one that is staged.
    pub manifest_sha256: Option<String>,
}

/// What a decision came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Decided {
    /// What was decided on.
    pub about: About,
    /// Where the image stands with this decision; `None` if nothing else was known of it than what was taken back.
    pub standing: Option<Standing>,
}

/// A decision that can be taken.
struct Planned {
    key: DecisionKey,
    record: DecisionRecord,
    /// Whether the person said so before.
    said: bool,
    evidence: Evidence,
}

/// Adds a decision. What the same person said before of the same thing no longer counts, and stays in the history.
///
/// # Errors
/// There is no such revision, or several that could be meant; there is nothing to withdraw; the manifest is not the one that the person looked at; or a store failed.
pub async fn decide(env: &Environment, command: &Decide) -> Result<Outcome<Decided>, StepError> {
    for _ in 0..ROUNDS {
        let planned = Planned::new(env, command).await?;
        if planned.said {
            return Ok(Outcome::AlreadyDone(planned.come_to(env)));
        }
        let key = layout::decision::key(&command.id, &planned.key);
        match write_json(&*env.work, &key, &planned.record, Condition::IfAbsent).await {
            Ok(_) => return Ok(Outcome::Done(planned.come_to(env))),
            // The same person, at the same moment, somewhere else.
            Err(StepError::Store(StoreError::Precondition { .. })) => {}
            Err(error) => return Err(error),
        }
    }
    Err(StoreError::Precondition { key: layout::decisions(&command.id) }.into())
}

/// What [`decide`] would do. Writes nothing.
///
/// # Errors
/// As [`decide`].
pub async fn plan(env: &Environment, command: &Decide) -> Result<Outcome<Decided>, StepError> {
    let planned = Planned::new(env, command).await?;
    let said = planned.said;
    let decided = planned.come_to(env);
    Ok(if said { Outcome::AlreadyDone(decided) } else { Outcome::Done(decided) })
}

impl Planned {
    async fn new(env: &Environment, command: &Decide) -> Result<Self, StepError> {
        let Decide { id, verdict, by, note, .. } = command;
        let evidence = Evidence::of(env, id).await?;
        let Some(standing) = Standing::derived(env, evidence.clone()) else {
            return Err(StepError::unknown(id));
        };
        let nothing_to_take_back = || StepError::Missing(format!("{by} has nothing to take back of `{id}`"));
        let about = match (&command.revision, verdict) {
            (Some(revision), _) => About::Revision(revision.clone()),
            (None, Verdict::Withdraw) => last_word(&evidence, by, None)
                .map(|decision| decision.about.clone())
                .ok_or_else(nothing_to_take_back)?,
            (None, verdict) => the_one_meant(&standing, &evidence, *verdict)?,
        };
        let manifest_sha256 = match &about {
            About::Candidate if *verdict == Verdict::Approve => return Err(nothing_staged(id)),
            About::Revision(revision) if *verdict != Verdict::Withdraw => manifest(&evidence, revision, command)?,
            About::Candidate | About::Revision(_) => String::new(),
        };
        let before = last_word(&evidence, by, Some(&about));
        if *verdict == Verdict::Withdraw && before.is_none() {
            return Err(nothing_to_take_back());
        }
        let same = before.is_some_and(|before| {
            before.verdict == *verdict && (*verdict == Verdict::Reject || before.manifest_sha256 == manifest_sha256)
        });
        // Whoever approves an older revision again, while a newer one is live, wants it back: that is a new word.
        let is_meant = |one: &RevisionStanding| about == About::Revision(one.revision.clone());
        let is_live = standing.revisions.iter().any(|one| one.live && !is_meant(one));
        let is_next = standing.to_publish.as_ref().is_some_and(|next| about == About::Revision(next.clone()));
        let is_passed_over = standing.to_publish.is_none()
            && standing.revisions.iter().any(|one| is_meant(one) && !one.live && one.approval == Approval::Approved);
        let said = same && !(*verdict == Verdict::Approve && (is_live && !is_next || is_passed_over));
        // Also of those that cannot be read: their keys are taken.
        let keys = evidence.decisions.iter().map(|found| match found {
            Ok(decision) => decision.key.as_str(),
            Err(refused) => refused.key.as_str(),
        });
        let number = next_number(keys.filter_map(|key| layout::decision::parse(id, key)), by).ok_or_else(|| {
            StepError::Refused(format!(
                "{by} has a decision with the highest number that there is in `{}`: delete it, it was written by hand",
                layout::decisions(id)
            ))
        })?;
        let record = DecisionRecord {
            format: SECOND_FORMAT,
            decision: *verdict,
            note: note.clone(),
            manifest_sha256,
            by: None,
            at: None,
        };
        let key = DecisionKey { about, number, by: by.clone() };
        Ok(Self { key, record, said, evidence })
    }

    /// Where the image stands with this decision.
    fn come_to(mut self, env: &Environment) -> Decided {
        let id = self.evidence.id.clone();
        if !self.said {
            self.evidence.decisions.push(Ok(Decision {
                key: layout::decision::key(&id, &self.key),
                about: self.key.about.clone(),
                number: self.key.number,
                by: self.key.by,
                verdict: self.record.decision,
                note: self.record.note,
                manifest_sha256: self.record.manifest_sha256,
                at: env.clock.now(),
            }));
        }
        let about = self.key.about.clone();
        Decided { about, standing: Standing::derived(env, self.evidence) }
    }
}

/// The number of a person's next decision: behind all others, or, if somebody took the last number there is, behind the person's own. `None` if that is taken too.
fn next_number(taken: impl Iterator<Item = DecisionKey>, by: &Person) -> Option<u32> {
    let (mut of_all, mut own) = (0, 0);
    for key in taken {
        of_all = of_all.max(key.number);
        if key.by == *by {
            own = own.max(key.number);
        }
    }
    [of_all, own].into_iter().map(|number| number.saturating_add(1)).find(|next| *next <= layout::decision::MOST)
}

/// The digest of the staged manifest, which must be the one that the person looked at.
fn manifest(evidence: &Evidence, revision: &Revision, command: &Decide) -> Result<String, StepError> {
    let id = &evidence.id;
    let staged = evidence.staged.iter().find(|staged| staged.revision == *revision);
    let study = match staged.map(|staged| &staged.study) {
        Some(Some(Ok(study))) => study,
        Some(Some(Err(problem))) => {
            return Err(StepError::Manifest { key: layout::manifest(id, revision), problem: problem.clone() });
        }
        _ => return Err(StepError::Missing(format!("`{id}` has no staged revision {revision}"))),
    };
    match &command.manifest_sha256 {
        Some(seen) if *seen != study.manifest_sha256 => {
            Err(StepError::Refused(format!("revision {revision} of `{id}` is not what you looked at: look again")))
        }
        _ => Ok(study.manifest_sha256.clone()),
    }
}

/// The revision that a person means who names none: the one that waits, else the only one there is; the image as such if it may be rejected before the download.
fn the_one_meant(standing: &Standing, evidence: &Evidence, verdict: Verdict) -> Result<About, StepError> {
    let id = &standing.id;
    let waiting: Vec<&Revision> = standing.waiting().map(|waiting| &waiting.revision).collect();
    let all: Vec<&Revision> = standing.revisions.iter().map(|revision| &revision.revision).collect();
    // What is on the site is meant by who rejects when nothing else waits.
    let live: Vec<&Revision> =
        standing.revisions.iter().filter(|revision| revision.live).map(|revision| &revision.revision).collect();
    match (waiting.as_slice(), all.as_slice(), live.as_slice()) {
        ([one], ..) | ([], [one], _) => Ok(About::Revision((*one).clone())),
        ([], _, [one]) if verdict == Verdict::Reject => Ok(About::Revision((*one).clone())),
        ([], [], _)
            if verdict == Verdict::Reject && (evidence.candidate.is_some() || !evidence.inbox.images.is_empty()) =>
        {
            Ok(About::Candidate)
        }
        ([], [], _) if standing.state == State::Unusable => {
            Err(StepError::Refused(format!("`{id}` cannot be used: {}", standing.why)))
        }
        ([], [], _) => Err(nothing_staged(id)),
        _ => {
            let name = |revision: &RevisionStanding| format!("{} ({})", revision.revision, revision.word());
            let names: Vec<String> = standing.revisions.iter().map(name).collect();
            Err(StepError::Refused(format!(
                "`{id}` has several revisions, name one with --revision: {}",
                names.join(", ")
            )))
        }
    }
}

fn nothing_staged(id: &ImageId) -> StepError {
    StepError::Missing(format!("`{id}` has nothing staged; `tile` makes it"))
}

/// The last thing that a person said and did not take back: of `about`, or of anything.
fn last_word<'a>(evidence: &'a Evidence, by: &Person, about: Option<&About>) -> Option<&'a Decision> {
    let said = |decision: &&Decision| decision.by == *by && about.is_none_or(|about| decision.about == *about);
    last_words(evidence.decisions.iter().flatten().filter(said)).first().copied()
}
