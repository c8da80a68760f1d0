//! What the place of work can give to an image, and the refusal of what does not fit.

use std::time::Duration;

use crate::plan::Plan;

/// What there is for the tiling of one image.
#[derive(Clone, Copy, Debug)]
pub struct Capacity {
    /// Memory, in bytes.
    pub memory_bytes: u64,
    /// Local disk for the image and its tiles, in bytes; `None` if nobody knows.
    pub disk_bytes: Option<u64>,
    /// How long an attempt may take; `None` if there is no hurry.
    pub time: Option<Duration>,
    /// Processor cores; may be a fraction.
    pub cores: f64,
    /// What to do about a shortage here.
    pub advice: fn(&Shortage) -> String,
}

/// What an image needs more of than there is. It says nothing against the image.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum Shortage {
    /// Memory.
    #[error("it needs about {} MB of memory, and there are {}", megabytes(*needed_bytes), megabytes(*present_bytes))]
    Memory {
        /// What it needs.
        needed_bytes: u64,
        /// What there is.
        present_bytes: u64,
        /// How to save the image so that it needs far less.
        lighter: Option<&'static str>,
    },
    /// Local disk.
    #[error("it needs about {} MB of local disk, and there are {}", megabytes(*needed_bytes), megabytes(*present_bytes))]
    Disk {
        /// What it needs.
        needed_bytes: u64,
        /// What there is.
        present_bytes: u64,
    },
    /// Time for the pixels. The upload of the archive does not count: it is short beside that.
    #[error("it needs about {needed_seconds:.0} s on {cores:.1} cores, and there are {present_seconds:.0}")]
    Time {
        /// What it needs.
        needed_seconds: f64,
        /// What there is.
        present_seconds: f64,
        /// On how many cores.
        cores: f64,
    },
}

/// Bytes as people read them; as with memory in all of this, 1 MB is 2²⁰ bytes.
fn megabytes(bytes: u64) -> u64 {
    bytes.div_ceil(1 << 20)
}

/// Why an image is not tiled here, and what to do.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{shortage}: {advice}")]
pub struct DoesNotFit {
    /// What is short.
    pub shortage: Shortage,
    /// What to do.
    pub advice: String,
}

impl Capacity {
    /// Looks whether there is local disk for so many bytes.
    ///
    /// # Errors
    /// There is not, and what to do.
    pub fn check_disk(&self, bytes: u64) -> Result<(), DoesNotFit> {
        match self.disk_bytes {
            Some(present_bytes) if bytes > present_bytes => {
                Err(self.refuse(Shortage::Disk { needed_bytes: bytes, present_bytes }))
            }
            _ => Ok(()),
        }
    }

    /// Looks whether there is all that an image takes.
    ///
    /// # Errors
    /// Something is short, and what to do.
    pub fn check(&self, plan: &Plan) -> Result<(), DoesNotFit> {
        self.check_disk(plan.disk_bytes)?;
        if plan.memory_bytes > self.memory_bytes {
            return Err(self.refuse(Shortage::Memory {
                needed_bytes: plan.memory_bytes,
                present_bytes: self.memory_bytes,
                lighter: plan.cost.lighter,
            }));
        }
        let (needed_seconds, cores) = (plan.cost.seconds_on(self.cores), self.cores);
        match self.time.map(|time| time.as_secs_f64()) {
            Some(present_seconds) if needed_seconds > present_seconds => {
                Err(self.refuse(Shortage::Time { needed_seconds, present_seconds, cores }))
            }
            _ => Ok(()),
        }
    }

    fn refuse(&self, shortage: Shortage) -> DoesNotFit {
        DoesNotFit { shortage, advice: (self.advice)(&shortage) }
    }
}
