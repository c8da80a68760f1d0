//! A feed that is deployed as its users deploy it, driven by its events.
//!
//! One deployment serves all steps: each looks at images of its own.

mod failures;
mod feed;
mod index;
mod losses;
mod meetings;
mod repeats;
mod walk;

use std::time::Instant;

use anyhow::{Context, Result};
use feed::Feed;

/// Runs steps one after the other, and says how long each took.
macro_rules! steps {
    ($feed:expr, $($step:path),+ $(,)?) => {
        $(
            let began = Instant::now();
            $step($feed).await.context(stringify!($step))?;
            println!("{:6.1} s  {}", began.elapsed().as_secs_f64(), stringify!($step));
        )+
    };
}

async fn all_steps(feed: &Feed) -> Result<()> {
    steps!(
        feed,
        walk::images_walk_from_the_source_to_the_index_when_a_person_approves,
        walk::a_picture_that_is_copied_to_the_inbox_is_staged,
        failures::of_ten_messages_the_two_bad_ones_harm_no_other,
        repeats::the_same_event_five_times_at_once_makes_one_pyramid,
        repeats::what_a_killed_function_left_is_finished_soon,
        meetings::a_reject_in_the_middle_of_a_publication_leaves_nothing_public,
        meetings::a_takedown_in_the_middle_of_a_publication_leaves_nothing_public,
        losses::what_was_lost_while_notifications_were_off_is_found_by_the_schedule,
        losses::a_tile_that_got_lost_on_the_site_is_made_again,
        losses::a_message_that_cannot_be_read_is_a_dead_letter_with_its_body,
        losses::a_source_that_breaks_fails_the_refresh_until_it_is_mended,
        index::five_hundred_publications_cost_a_handful_of_index_writes,
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stack_as_deployed_keeps_its_promises() -> Result<()> {
    let began = Instant::now();
    let feed = Feed::deploy().await?;
    println!("{:6.1} s  deployed", began.elapsed().as_secs_f64());
    if let Err(error) = all_steps(&feed).await {
        // Not returned: a panic makes LocalStack keep its logs.
        panic!("{error:#}");
    }
    Ok(())
}
