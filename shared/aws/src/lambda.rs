//! What Lambda gives to a function, and what an image costs there.

use std::time::Duration;

use skyfeed_pipeline::{
    capacity::{Capacity, DoesNotFit, Shortage},
    plan::Plan,
};

/// What Lambda counts memory and disk in.
const MB: u64 = 1 << 20;
/// So much memory brings one core; more of it brings more in proportion.
const MB_OF_A_CORE: u32 = 1769;
/// The most memory that a function can have, and the most local disk.
const MOST_MB: u32 = 10_240;
/// The longest that a function may run, less what it keeps to end well.
const LONGEST: Duration = Duration::from_secs(890);
/// Suggested sizes are multiples of this.
const STEP_MB: u64 = 256;

/// What a function of `memory_mb` has for an image.
pub(crate) fn capacity(memory_mb: u32, disk_mb: Option<u32>, time: Option<Duration>) -> Capacity {
    Capacity {
        memory_bytes: u64::from(memory_mb) * MB,
        disk_bytes: disk_mb.map(usable_bytes),
        time,
        cores: f64::from(memory_mb) / f64::from(MB_OF_A_CORE),
        advice,
    }
}

/// What files can have of a local disk; the file system takes the rest.
fn usable_bytes(disk_mb: u32) -> u64 {
    u64::from(disk_mb) * MB / 20 * 19
}

/// The memory in MB of a function that has so many bytes, in steps that are easy to write.
fn memory_mb(bytes: u64) -> u32 {
    u32::try_from(bytes.div_ceil(MB).next_multiple_of(STEP_MB)).unwrap_or(u32::MAX)
}

/// What to do about a function that is too small.
fn advice(shortage: &Shortage) -> String {
    const ELSEWHERE: &str = "tile it on a machine of your own with `skyfeed tile`";
    match *shortage {
        Shortage::Memory { needed_bytes, .. } if memory_mb(needed_bytes) <= MOST_MB => {
            format!("deploy with TileMemory={}, or {ELSEWHERE}", memory_mb(needed_bytes))
        }
        Shortage::Memory { lighter: Some(lighter), .. } => {
            format!("no function can have so much; {lighter}, or {ELSEWHERE}")
        }
        Shortage::Disk { needed_bytes, .. } if needed_bytes <= usable_bytes(MOST_MB) => {
            let disk_mb = needed_bytes.div_ceil(MB / 20 * 19).clamp(512, u64::from(MOST_MB));
            format!("deploy with TileStorage={disk_mb}, or {ELSEWHERE}")
        }
        Shortage::Memory { .. } | Shortage::Disk { .. } => format!("no function can have so much; {ELSEWHERE}"),
        Shortage::Time { .. } => {
            format!(
                "deploy with more TileTimeout (at most 900), with more TileMemory, which brings cores, or {ELSEWHERE}"
            )
        }
    }
}

/// What an image takes of Lambda and S3.
///
/// Prices are those of `us-east-1` in 2025 for functions on arm64, without the free tier; they change.
/// `docs/deploying.md` explains each.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The least memory to give to `tile`, in MB: one core's, or what the image needs.
    pub memory_mb: u32,
    /// How long `tile` will run with that, in seconds.
    pub seconds: f64,
    /// What fetching, tiling and publishing cost once, in dollars.
    pub once_dollars: f64,
    /// What keeping image, archive and published tiles costs each month, in dollars.
    pub monthly_dollars: f64,
}

const DOLLARS_PER_WRITE: f64 = 0.005 / 1000.0;
const DOLLARS_PER_READ: f64 = 0.0004 / 1000.0;
const DOLLARS_PER_GB_SECOND: f64 = 0.000_013_333_4;
const DOLLARS_PER_GB_MONTH: f64 = 0.023;
/// `fetch`, `reindex`, the ledger, queues and logs, which depend little on the image.
const DOLLARS_BESIDE: f64 = 0.000_34;
/// `publish` checks and puts tiles in 1 GB of memory, which brings 0.6 cores: 2.7 seconds of CPU are 5 seconds, for 2400 requests.
const PUBLISH_GB_SECONDS_PER_REQUEST: f64 = 5.0 / 2400.0;
/// Cores wait for S3 a third of the time.
const WAITING: f64 = 1.5;

impl Estimate {
    /// Reckons what `plan` takes in a function with the memory that suits it.
    ///
    /// # Errors
    /// No function can have what it needs; and what to do.
    ///
    /// ```no_run
    /// # use skyfeed_tiling::pixels::{Cost, ImageFile, Limits, PyramidOptions, ReadOptions};
    /// use skyfeed_aws::lambda::Estimate;
    /// use skyfeed_pipeline::plan::Plan;
    ///
    /// # let image = ImageFile::open(std::path::Path::new("m31.tif"), &Limits::default())?;
    /// let cost = Cost::of(&image, &ReadOptions::default(), &PyramidOptions::default(), 6)?;
    /// let estimate = Estimate::of(&Plan::new(cost))?;
    /// println!("{} MB, {:.3} dollars", estimate.memory_mb, estimate.once_dollars);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn of(plan: &Plan) -> Result<Self, DoesNotFit> {
        capacity(MOST_MB, Some(MOST_MB), Some(LONGEST)).check(plan)?;
        let fits = |mb: &u32| capacity(*mb, None, Some(LONGEST)).check(plan).is_ok();
        let steps = (u64::from(MB_OF_A_CORE) / STEP_MB + 1) as u32..MOST_MB / STEP_MB as u32;
        let memory_mb =
            std::iter::once(MB_OF_A_CORE).chain(steps.map(|step| step * STEP_MB as u32)).find(fits).unwrap_or(MOST_MB);
        Ok(Self::with_memory(plan, memory_mb))
    }

    fn with_memory(plan: &Plan, memory_mb: u32) -> Self {
        let cores = f64::from(memory_mb) / f64::from(MB_OF_A_CORE);
        let cpu_seconds = plan.cost.cpu_seconds() + plan.upload_seconds;
        let seconds = WAITING * plan.cost.decode_seconds.max(cpu_seconds / cores);
        let requests = plan.requests;
        let publish_requests = (requests.publish_writes + requests.reads) as f64;
        let gb_seconds = seconds * f64::from(memory_mb) / 1024.0 + publish_requests * PUBLISH_GB_SECONDS_PER_REQUEST;
        let kept_bytes = plan.cost.file_bytes + 2 * plan.cost.tile_bytes;
        Self {
            memory_mb,
            seconds,
            once_dollars: DOLLARS_BESIDE
                + requests.writes() as f64 * DOLLARS_PER_WRITE
                + requests.reads as f64 * DOLLARS_PER_READ
                + gb_seconds * DOLLARS_PER_GB_SECOND,
            monthly_dollars: kept_bytes as f64 / 1e9 * DOLLARS_PER_GB_MONTH,
        }
    }
}

#[cfg(test)]
mod tests {
    use skyfeed_pipeline::{capacity::Shortage, plan::Plan};
    use skyfeed_tiling::pixels::{Cost, Size, Study};

    use super::{Estimate, advice, capacity};

    /// The picture of docs/deploying.md.
    fn plan() -> Plan {
        Plan::new(Cost {
            study: Study::new(Size { width: 12_000, height: 9000 }),
            memory_bytes: 60_000_000,
            lighter: None,
            decode_seconds: 0.3,
            tile_seconds: 7.6,
            file_bytes: 23_000_000,
            tile_bytes: 172_000_000,
        })
    }

    #[test]
    fn a_thousand_images_cost_what_the_documentation_says() {
        let plan = plan();
        assert_eq!((plan.requests.tile_writes, plan.requests.publish_writes), (21, 2350));
        let estimate = Estimate::with_memory(&plan, 3008);
        assert!((estimate.seconds - 8.7).abs() < 0.1, "{estimate:?}");
        assert!((estimate.once_dollars * 1000.0 - 12.62).abs() < 0.02, "{estimate:?}");
        assert!((estimate.monthly_dollars * 1000.0 - 8.45).abs() < 0.02, "{estimate:?}");
    }

    #[test]
    fn a_function_gets_a_core_or_what_the_image_needs() {
        assert_eq!(Estimate::of(&plan()).unwrap().memory_mb, 1769);
        let needs = |memory_bytes| Estimate::of(&Plan { memory_bytes, ..plan() }).unwrap().memory_mb;
        assert_eq!([needs(1769 << 20), needs((1769 << 20) + 1)], [1769, 1792]);
        assert_eq!([needs(3000 << 20), needs(10_240 << 20)], [3072, 10_240]);
        let slow = Plan { cost: Cost { tile_seconds: 2000.0, ..plan().cost }, ..plan() };
        let memory_mb = Estimate::of(&slow).unwrap().memory_mb;
        assert!((1769 * 2..1769 * 5 / 2).contains(&memory_mb), "{memory_mb}");
    }

    #[test]
    fn what_fits_no_function_is_told_with_what_to_do() {
        let refused = |plan: Plan| Estimate::of(&plan).unwrap_err().to_string();
        let lighter = Some("save it as a baseline JPEG");
        let progressive = Plan { memory_bytes: 20 << 30, cost: Cost { lighter, ..plan().cost }, ..plan() };
        assert_eq!(
            refused(progressive),
            "it needs about 20480 MB of memory, and there are 10240: no function can have so much; save it as a baseline JPEG, \
             or tile it on a machine of your own with `skyfeed tile`"
        );
        let huge = Plan { disk_bytes: 11 << 30, ..plan() };
        assert!(refused(huge).starts_with("it needs about 11264 MB of local disk, and there are 9728: no function"));
        let slow = Plan { cost: Cost { tile_seconds: 10_000.0, ..plan().cost }, ..plan() };
        assert!(refused(slow).starts_with("it needs about 1728 s on 5.8 cores, and there are 890: "));
    }

    #[test]
    fn a_function_that_is_too_small_is_told_by_its_parameter() {
        let small = capacity(1769, Some(512), None);
        let error = small.check(&Plan { memory_bytes: 5000 << 20, ..plan() }).unwrap_err();
        assert!(error.advice.starts_with("deploy with TileMemory=5120, or tile it"), "{error}");
        let error = small.check_disk(600 << 20).unwrap_err();
        assert!(error.advice.starts_with("deploy with TileStorage=632, or tile it"), "{error}");
        let time = Shortage::Time { needed_seconds: 100.0, present_seconds: 50.0, cores: 1.0 };
        assert!(advice(&time).contains("TileTimeout"));
    }
}
