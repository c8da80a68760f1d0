//! What suits a tile, from a few of its rows.

use super::{
    deflate::EntropyCoder,
    entropy::{Histogram, entropy},
    filter::Filter,
    matches::Search,
    samples::Samples,
};

/// The filter that leaves the least entropy in every so many rows; of equals, the simplest.
///
/// The rows of a JPEG differ by their place in its blocks of 8 rows, so a multiple of 8 is a bad choice.
pub(super) fn filter_of_least_entropy(samples: &Samples<'_>, rows_apart: usize) -> Filter {
    let row_bytes = samples.row_bytes();
    let mut filtered = Vec::with_capacity(row_bytes);
    let mut left_entropy = |filter: &Filter| {
        // Four counts in turn: many neighbours are the same, and a count that was just stored is slow to load.
        let mut histograms: [Histogram; 4] = [[0; 256]; 4];
        for rows in samples.bytes.windows(2 * row_bytes).step_by(rows_apart * row_bytes) {
            let (above, row) = rows.split_at(row_bytes);
            filtered.clear();
            filter.apply(samples.color.step(), above, row, &mut filtered);
            for bytes in filtered.as_chunks::<4>().0 {
                for (histogram, byte) in histograms.iter_mut().zip(bytes) {
                    histogram[usize::from(*byte)] += 1;
                }
            }
        }
        let [a, b, c, d] = histograms;
        entropy(&std::array::from_fn(|byte| a[byte] + b[byte] + c[byte] + d[byte]))
    };
    Filter::ALL.into_iter().min_by_key(&mut left_entropy).unwrap_or(Filter::None)
}

/// Which coder a tile should get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coder {
    /// Prefix codes and runs.
    Entropy,
    /// A search for repetitions.
    Matches,
    /// That which makes less of it: the estimate leaves it open.
    Smaller,
}

/// Groups of rows for trial, and how many rows a group has: a sixteenth of a tile together.
const TRIAL_GROUPS: usize = 4;
const TRIAL_ROWS: usize = 4;

/// Tries both coders on some rows: that with prefix codes on rows under `filter`, the one that searches at its fastest
/// on rows under [`Filter::Up`], which keeps repetitions whole.
pub(super) fn coder(samples: &Samples<'_>, filter: Filter, search: Search) -> Coder {
    let step = samples.side / TRIAL_GROUPS;
    let rows = |filter: Filter| {
        let groups = (0..TRIAL_GROUPS).map(|group| group * step + step / 2);
        let groups = groups.map(|first| samples.filtered_rows(filter, first..(first + TRIAL_ROWS).min(samples.side)));
        groups.collect::<Vec<_>>().concat()
    };
    let entropy_coded = EntropyCoder::thorough(&rows(filter)).stream_bytes();
    let rows = rows(Filter::Up);
    let percent = |search: Search| search.zlib_stream(&rows).len() * 100 / entropy_coded.max(1);
    match (search, percent(Search::Quick)) {
        (Search::Quick, ..96) | (Search::Long, ..95) => Coder::Matches,
        (Search::Quick, _) | (Search::Long, 115..) => Coder::Entropy,
        (Search::Long, _) => match percent(Search::Long) {
            ..98 => Coder::Matches,
            98..103 => Coder::Smaller,
            103.. => Coder::Entropy,
        },
    }
}
