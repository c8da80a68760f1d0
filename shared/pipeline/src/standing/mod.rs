//! Where is it, and why: the one place that knows how objects become the state of an image. Everything else asks here.
//!
//! ```text
//! offered → put off → fetched → unusable | staged (k of n approvals) → rejected | approved → publishing → published
//!                                                                      retracted ⟵ any of these
//! ```
//!
//! `evidence` is what the stores hold of an image, `one` and `all` gather it, `approvals` weighs decisions, `derive` makes the standing of it, without looking at anything
//! else.

mod all;
mod approvals;
mod attempts;
mod derive;
mod evidence;
mod next;
mod one;
mod problem;
mod state;

pub use all::Standings;
pub(crate) use approvals::{last_words, order_of};
pub use evidence::{Evidence, Record, StagedRevision};
pub use next::Next;
pub(crate) use problem::{PUBLISHING_UNAPPROVED, REJECTED_BUT_LIVE};
pub use problem::{Problem, TAKEDOWN_UNFINISHED};
pub use state::{Approval, RevisionStanding, Standing, State};
