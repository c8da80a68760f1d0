//! What failed for reasons of the source: tried again later and later, so that it keeps nobody waiting and is never forgotten.

use jiff::{SignedDuration, Timestamp};
use skyfeed_ports::store::{Condition, ObjectMeta};

use crate::{
    environment::Environment,
    error::StepError,
    id::ImageId,
    inbox::Inbox,
    layout,
    objects::{parse_record, write_json},
    record::{PutOff, SECOND_FORMAT},
    stage::Stage,
};

/// The first pause; each is twice as long as the one before.
const FIRST: SignedDuration = SignedDuration::from_hours(1);
const LONGEST: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Notes that the download of an image failed, or brought a damaged one, and answers with the error that says when it is tried again.
pub(crate) async fn put_off(
    env: &Environment,
    id: &ImageId,
    error: StepError,
    image_sha256: Option<String>,
) -> Result<StepError, StepError> {
    let before = match read(env, id).await? {
        Some((meta, record))
            if image_sha256.is_some() && record.image_sha256.is_some() || !starts_anew(env, id, &meta).await? =>
        {
            Some(record)
        }
        _ => None,
    };
    let now = env.clock.now();
    let (tries, until) = match before {
        // Somebody tried before its time, which makes nobody wait longer.
        Some(before) if before.until > now => (before.tries, before.until),
        Some(before) => (before.tries.saturating_add(1), now + pause(before.tries)),
        None => (1, now + pause(0)),
    };
    let record = PutOff {
        format: SECOND_FORMAT,
        id: id.clone(),
        stage: Stage::Fetch,
        code: error.code().to_owned(),
        reason: error.chain().join(": "),
        tries,
        until,
        image_sha256,
    };
    write_json(&*env.work, &layout::put_off(id), &record, Condition::Always).await?;
    Ok(StepError::PutOff { id: id.clone(), until, source: Box::new(error) })
}

/// The record of an image that was put off.
pub(crate) async fn read(env: &Environment, id: &ImageId) -> Result<Option<(ObjectMeta, PutOff)>, StepError> {
    let key = layout::put_off(id);
    let Some(object) = env.work.get(&key).await? else { return Ok(None) };
    let record = parse_record(&key, &object.bytes, id, |record: &PutOff| &record.id)?;
    Ok(Some((object.meta, record)))
}

/// Whether the failures of an image are to be counted anew.
async fn starts_anew(env: &Environment, id: &ImageId, put_off: &ObjectMeta) -> Result<bool, StepError> {
    let (fetched, unusable) = (layout::fetched(id), layout::unusable(id));
    let notes = futures::future::try_join(env.work.head(&fetched), env.work.head(&unusable));
    let (inbox, (fetched, unusable)) = futures::future::try_join(Inbox::find(env, id), notes).await?;
    Ok(is_past(put_off.modified, inbox.images.iter().chain(&fetched).chain(&unusable)))
}

/// Whether the image came after it was put off, or the source said that it is still the same, or that it cannot be used: of what was written about these, whether anything is newer.
pub(crate) fn is_past<'a>(put_off: Timestamp, since: impl IntoIterator<Item = &'a ObjectMeta>) -> bool {
    since.into_iter().any(|object| object.modified > put_off)
}

/// How long to wait after so many failures before.
fn pause(before: u32) -> SignedDuration {
    let doubled = 1_i32.checked_shl(before).filter(|factor| *factor > 0);
    doubled.and_then(|factor| FIRST.checked_mul(factor)).map_or(LONGEST, |pause| pause.min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::pause;

    #[test]
    fn pauses_double_from_an_hour_to_a_week() {
        let hours: Vec<i64> = [0, 1, 2, 7, 8, 30, 31, 32, u32::MAX].map(|before| pause(before).as_hours()).to_vec();
        assert_eq!(hours, [1, 2, 4, 128, 168, 168, 168, 168, 168]);
    }
}
