//! What there is to know of where an image stands.

use jiff::Timestamp;
use serde::Serialize;
use skyfeed_ports::ledger::{Attempt, AttemptOutcome};

use super::{Next, Problem};
use crate::{
    decisions::Refused,
    id::ImageId,
    names::{Person, Revision},
    stage::Stage,
};

/// How far an image has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum State {
    /// The source offers it; it waits for `fetch`.
    Offered,
    /// It failed, and is tried again later.
    PutOff {
        /// The stage that failed.
        stage: Stage,
        /// How many times.
        tries: u32,
        /// When it is tried again.
        until: Timestamp,
    },
    /// It waits for `tile`.
    Fetched,
    /// It cannot be put on the sky.
    Unusable,
    /// It is tiled and waits for people.
    Staged {
        /// How many approved it.
        approvals: u32,
        /// How many it takes.
        required: u32,
    },
    /// Somebody rejected it.
    Rejected,
    /// It is approved and waits for `publish`.
    Approved,
    /// Somebody began to publish it.
    Publishing,
    /// It is on the site.
    Published,
    /// It was taken down.
    Retracted,
    /// It is never to be processed.
    Skipped,
    /// It cannot be told: a record is damaged.
    Unreadable,
}

impl State {
    /// The names of all states, in the order in which an image passes them; also their codes.
    pub const NAMES: [&str; 12] = [
        "offered",
        "put-off",
        "fetched",
        "staged",
        "approved",
        "publishing",
        "published",
        "rejected",
        "unusable",
        "retracted",
        "skipped",
        "unreadable",
    ];

    /// The name of the state.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Offered => "offered",
            Self::PutOff { .. } => "put-off",
            Self::Fetched => "fetched",
            Self::Unusable => "unusable",
            Self::Staged { .. } => "staged",
            Self::Rejected => "rejected",
            Self::Approved => "approved",
            Self::Publishing => "publishing",
            Self::Published => "published",
            Self::Retracted => "retracted",
            Self::Skipped => "skipped",
            Self::Unreadable => "unreadable",
        }
    }
}

/// How far a revision is approved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Approval {
    /// It waits for people.
    Waiting,
    /// Enough approved it, and nobody rejects it.
    Approved,
    /// Somebody rejects it.
    Rejected,
    /// It cannot be told: its manifest or a decision is damaged.
    Unreadable,
}

/// Where one staged revision stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RevisionStanding {
    /// The revision.
    pub revision: Revision,
    /// Whether it is decided.
    pub approval: Approval,
    /// Who approves it.
    pub approved_by: Vec<Person>,
    /// Who rejects it.
    pub rejected_by: Vec<Person>,
    /// When its manifest was written.
    pub staged: Timestamp,
    /// When the last decision that counts was written.
    pub decided: Option<Timestamp>,
    /// Whether it is on the site.
    pub live: bool,
    /// The note of who rejects it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub note: String,
}

impl RevisionStanding {
    /// Where it stands, in a word.
    pub fn word(&self) -> &'static str {
        match self.approval {
            _ if self.live => "live",
            Approval::Waiting => "waits",
            Approval::Approved => "approved",
            Approval::Rejected => "rejected",
            Approval::Unreadable => "unreadable",
        }
    }

    /// How far people approved it, of as many as it takes.
    pub fn approvals(&self, required: u32) -> String {
        match self.approved_by.as_slice() {
            [] => "nobody decided yet".to_owned(),
            people => format!("approved by {}, {} of {required}", names(people), people.len()),
        }
    }
}

/// People in a sentence.
pub(super) fn names(people: &[Person]) -> String {
    people.iter().map(Person::as_str).collect::<Vec<_>>().join(", ")
}

/// Where one image stands: since when, why, by whom, and what would move it on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Standing {
    /// The image.
    pub id: ImageId,
    /// Its title, as far as a small record tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// How far it has come.
    #[serde(flatten)]
    pub state: State,
    /// The revision that the state is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<Revision>,
    /// Since when.
    pub since: Option<Timestamp>,
    /// Why, in a sentence.
    pub why: String,
    /// Names the reason, for programs: that of the problem if there is one, else the state.
    pub code: &'static str,
    /// Who brought it there.
    pub who: Vec<Person>,
    /// What keeps it from going on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
    /// What would move it on.
    pub next: Next,
    /// The staged revisions, as far as they were looked at.
    pub revisions: Vec<RevisionStanding>,
    /// What lies among the decisions and counts for nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<Refused>,
    /// The revision that should be on the site by the decisions, if it is not there, or not as it should be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_publish: Option<Revision>,
    /// Another image that is on the site with the very same file; only looked for when all images are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub same_as: Option<ImageId>,
    /// Digest (hex) of its image file, as far as a small record tells.
    #[serde(skip)]
    pub(super) image_sha256: Option<String>,
    /// Whether the source says something else of it than when it was downloaded.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub changed_at_source: bool,
    /// Whether it is from the source and was not turned away, so that changes there matter.
    #[serde(skip)]
    pub(crate) is_followed: bool,
    /// When what is known of its download was written.
    #[serde(skip)]
    pub fetched: Option<Timestamp>,
    /// Until when it is not to be fetched, because that failed.
    #[serde(skip)]
    pub(crate) fetch_put_off: Option<Timestamp>,
    /// Whether it was set aside as unusable, perhaps beside an older revision that is on the site.
    #[serde(skip)]
    pub is_unusable: bool,
    /// What is not staged, and need not be made again.
    #[serde(skip)]
    pub(super) done_with: DoneWith,
    /// Its last attempt, if that failed or is still running.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open_attempt: Option<Attempt>,
}

/// Revisions that nobody wants made again when their staged files are gone: rejected ones, and the one that is on the site as it should be.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct DoneWith {
    /// Those that are known to be.
    pub(super) revisions: Vec<Revision>,
    /// Those that somebody decided on, and that are not.
    pub(super) wanted: Vec<Revision>,
    /// Whether all others are, because the image as such was rejected.
    pub(super) others: bool,
}

impl Standing {
    /// Whether nobody wants a revision made again whose staged files are gone.
    pub(crate) fn is_done_with(&self, revision: &Revision) -> bool {
        let DoneWith { revisions, wanted, others } = &self.done_with;
        revisions.contains(revision) || (*others && !wanted.contains(revision))
    }

    /// The revisions that wait for people, also of an image that is published; none of one that was taken down.
    pub fn waiting(&self) -> impl Iterator<Item = &RevisionStanding> {
        let away = matches!(self.state, State::Retracted | State::Skipped | State::Unusable);
        self.revisions.iter().filter(move |revision| !away && revision.approval == Approval::Waiting && !revision.live)
    }

    /// Since when something of it waits for people.
    pub fn waits_since(&self) -> Option<Timestamp> {
        self.waiting().map(|revision| revision.staged).min()
    }

    /// Whether a problem keeps what is staged or on the site from being as it should be.
    pub(crate) fn is_held_up(&self) -> bool {
        self.problem.as_ref().is_some_and(|problem| !problem.is_of_new_image())
    }

    /// Whether somebody has to look: something is wrong that does not pass by itself.
    pub fn is_stuck(&self) -> bool {
        let failed = |attempt: &Attempt| matches!(attempt.outcome, Some(AttemptOutcome::Failed { .. }));
        self.problem.is_some() || self.open_attempt.as_ref().is_some_and(failed)
    }

    /// Whether the image goes on, or wants to, or somebody has to look.
    pub fn is_open(&self) -> bool {
        let settled = matches!(self.state, State::Published | State::Rejected | State::Retracted | State::Skipped);
        let has_next = !matches!(self.next, Next::Nothing { .. } | Next::Undo | Next::Restore);
        !settled || has_next || self.is_stuck() || self.open_attempt.is_some() || self.waiting().next().is_some()
    }

    /// Whether a change at the source is to be followed now.
    pub fn follows_source(&self, now: Timestamp) -> bool {
        self.is_followed && self.fetch_put_off.is_none_or(|until| until <= now)
    }

    /// Whether it is to be fetched though it was before: it changed at the source, or what came then was damaged.
    pub fn is_due_again(&self, now: Timestamp) -> bool {
        self.follows_source(now) && (self.changed_at_source || self.fetch_put_off.is_some())
    }
}
