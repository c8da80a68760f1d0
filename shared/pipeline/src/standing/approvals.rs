//! From decisions to what is approved: who counts, and for what.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Approval, RevisionStanding, evidence::StagedRevision};
use crate::{
    decisions::{Decision, Found, Refused},
    layout::decision::About,
    names::{Person, Revision},
    record::{Live, Verdict},
    staged::Study,
};

/// What all decisions on one revision come to.
#[derive(Debug)]
pub(super) struct Weighed {
    pub(super) standing: RevisionStanding,
    /// Where its approval stands in the order of the image's decisions; `None` if it is not approved.
    pub(super) order: Option<(u32, Timestamp)>,
    /// Decisions that count for nothing, and why.
    pub(super) refused: Vec<Refused>,
}

/// Weighs the decisions on a revision.
///
/// The highest number of a person stands; a withdrawal takes what the person said before. One reject outweighs any number of approvals. An approval is of exactly one manifest. A
/// reject of the image as such is one of each of its revisions, until the same person says otherwise of a revision.
pub(super) fn weigh(staged: &StagedRevision, decisions: &[Found], required: u32, live: Option<&Live>) -> Weighed {
    let live = live.filter(|live| live.revision == staged.revision);
    let digest = match &staged.study {
        Some(Ok(study)) => Some(study.manifest_sha256.as_str()),
        _ => None,
    };
    // What is live was approved; nobody looked at its manifest again.
    let unlooked_at = live.is_some() && staged.study.is_none();
    let concerns = |about: &About| match about {
        About::Revision(revision) => *revision == staged.revision,
        About::Candidate => true,
    };
    let mut refused = Vec::new();
    // What bears no number was written before there were numbers, so it cannot be about anything newer: whoever may write under one name would otherwise invent others.
    let of_first_edition = match (&staged.study, live) {
        (Some(study), _) => study.as_ref().is_ok_and(Study::is_of_first_edition),
        // It had one name for pixels and revision.
        (None, Some(live)) => live.pixels.as_ref().is_none_or(|pixels| pixels.as_str() == live.revision.as_str()),
        (None, None) => true,
    };
    let mut concerning = Vec::new();
    for decision in decisions.iter().flatten().filter(|decision| concerns(&decision.about)) {
        if decision.number > 0 || of_first_edition {
            concerning.push(decision);
        } else {
            let reason = "it has no number: nothing that was staged lately is decided so".to_owned();
            refused.push(Refused { key: decision.key.clone(), reason, might_reject: None });
        }
    }
    let (mut approvals, mut rejects) = (Vec::new(), Vec::new());
    for decision in last_words(concerning) {
        match decision.verdict {
            Verdict::Reject => rejects.push(decision),
            Verdict::Approve if digest.map_or(unlooked_at, |digest| digest == decision.manifest_sha256) => {
                approvals.push(decision);
            }
            Verdict::Approve if digest.is_some() => refused.push(Refused {
                key: decision.key.clone(),
                reason: "it approves another manifest than the one that is staged".to_owned(),
                might_reject: None,
            }),
            Verdict::Approve | Verdict::Withdraw => {}
        }
    }
    let might_reject = decisions.iter().filter_map(|found| found.as_ref().err()?.might_reject.as_ref()).any(concerns);
    let unreadable = matches!(staged.study, Some(Err(_))) || might_reject;
    let approval = if !rejects.is_empty() {
        Approval::Rejected
    } else if unreadable {
        Approval::Unreadable
    } else if approvals.len() >= required as usize {
        Approval::Approved
    } else {
        Approval::Waiting
    };
    let order = approvals.iter().map(|decision| decision.order()).max().filter(|_| approval == Approval::Approved);
    let counting = if rejects.is_empty() { &approvals } else { &rejects };
    let people = |decisions: &[&Decision]| decisions.iter().map(|decision| decision.by.clone()).collect();
    let standing = RevisionStanding {
        revision: staged.revision.clone(),
        approval,
        approved_by: people(&approvals),
        rejected_by: people(&rejects),
        staged: staged.meta.modified,
        decided: counting.iter().map(|decision| decision.at).max(),
        live: live.is_some(),
        note: rejects.first().map(|decision| decision.note.clone()).unwrap_or_default(),
    };
    Weighed { standing, order, refused }
}

/// The rejects among the last words of people.
pub(super) fn rejects<'a>(decisions: impl Iterator<Item = &'a Decision>) -> Vec<&'a Decision> {
    let mut rejects = last_words(decisions);
    rejects.retain(|decision| decision.verdict == Verdict::Reject);
    rejects
}

/// What people last said of a revision that is not staged; `None` for any that nobody decided on by itself.
fn words_on<'a>(revision: Option<&Revision>, decisions: &'a [Found]) -> Vec<&'a Decision> {
    let concerns = |about: &About| match about {
        About::Revision(other) => Some(other) == revision,
        About::Candidate => true,
    };
    last_words(decisions.iter().flatten().filter(|decision| concerns(&decision.about)))
}

/// Whether somebody rejects a revision that is not staged, or the image as such.
pub(super) fn is_rejected(revision: Option<&Revision>, decisions: &[Found]) -> bool {
    words_on(revision, decisions).iter().any(|decision| decision.verdict == Verdict::Reject)
}

/// Where the approval of a revision stands in the order that is not staged any more; `None` if it is not approved. Of which manifest cannot be told.
pub(super) fn order_if_approved(revision: &Revision, decisions: &[Found], required: u32) -> Option<(u32, Timestamp)> {
    let words = words_on(Some(revision), decisions);
    let approvals = || words.iter().filter(|decision| decision.verdict == Verdict::Approve);
    let is_approved = words.iter().all(|decision| decision.verdict != Verdict::Reject);
    (is_approved && approvals().count() >= required as usize)
        .then(|| approvals().map(|decision| decision.order()).max())
        .flatten()
}

/// Where the last approval of a revision stands in the order, of whichever manifest: it was live once, so it was approved.
pub(crate) fn order_of(revision: &Revision, decisions: &[Found]) -> Option<(u32, Timestamp)> {
    let of_revision = |decision: &&Decision| {
        decision.about == About::Revision(revision.clone()) && decision.verdict == Verdict::Approve
    };
    decisions.iter().flatten().filter(of_revision).map(Decision::order).max()
}

/// The last word of each person. A withdrawal takes back what the person said of the same thing; what was said of another stands.
pub(crate) fn last_words<'a>(decisions: impl IntoIterator<Item = &'a Decision>) -> Vec<&'a Decision> {
    let mut of_each: BTreeMap<(&Person, &About), &Decision> = BTreeMap::new();
    for decision in decisions {
        let word = of_each.entry((&decision.by, &decision.about)).or_insert(decision);
        if decision.order() > word.order() {
            *word = decision;
        }
    }
    let mut last: BTreeMap<&Person, &Decision> = BTreeMap::new();
    for ((person, _), decision) in of_each.into_iter().filter(|(_, word)| word.verdict != Verdict::Withdraw) {
        let word = last.entry(person).or_insert(decision);
        if decision.order() > word.order() {
            *word = decision;
        }
    }
    last.into_values().collect()
}
