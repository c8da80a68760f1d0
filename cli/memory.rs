//! How much memory this program may use.

use std::{fs, path::Path};

use clap::Args;
use skyfeed_pipeline::{budget::MemoryBudget, environment::Environment};

/// Where nobody can tell.
const UNKNOWN: u64 = 4 << 30;
/// The share of it that images being tiled get; the rest is for what else the machine does, and for what is reckoned too low.
const SHARE: (u64, u64) = (3, 4);

/// The memory that images being tiled may use together, in bytes: a share of what is available on the machine, or of what its control groups allow, if that is less.
pub(crate) fn usable_bytes() -> u64 {
    let read = |path: &Path| fs::read_to_string(path).ok();
    let present = present_bytes(read).unwrap_or(UNKNOWN);
    present / SHARE.1 * SHARE.0
}

/// How much memory images may take that are tiled at once.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct MemoryOption {
    /// How much memory all images together may take that are tiled at once; one that needs more is tiled alone [default: three quarters of what is available]
    #[arg(long, value_name = "MB")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=1 << 40))]
    memory: Option<u64>,
}

impl MemoryOption {
    /// The environment with this bound, if one is said.
    pub(crate) fn within(self, env: Environment) -> Environment {
        match self.memory {
            Some(megabytes) => Environment { memory: Some(MemoryBudget::new(megabytes << 20)), ..env },
            None => env,
        }
    }
}

fn present_bytes(read: impl Fn(&Path) -> Option<String>) -> Option<u64> {
    let available = read(Path::new("/proc/meminfo")).and_then(|text| available_bytes(&text));
    let groups = read(Path::new("/proc/self/cgroup")).unwrap_or_default();
    let limits = groups.lines().flat_map(|line| limit_files(line).into_iter());
    let limits = limits.filter_map(|file| read(Path::new(&file))?.trim().parse::<u64>().ok());
    available.into_iter().chain(limits).min()
}

/// `MemAvailable` of `/proc/meminfo`.
fn available_bytes(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kilobytes.checked_mul(1024)
}

/// The files that may limit a control group, by its line in `/proc/self/cgroup`: its own, and those of the groups around it.
fn limit_files(line: &str) -> Vec<String> {
    let mut parts = line.splitn(3, ':');
    let (_, Some(controllers), Some(group)) = (parts.next(), parts.next(), parts.next()) else { return Vec::new() };
    let (root, file) = match controllers {
        "" => ("/sys/fs/cgroup", "memory.max"),
        list if list.split(',').any(|controller| controller == "memory") => {
            ("/sys/fs/cgroup/memory", "memory.limit_in_bytes")
        }
        _ => return Vec::new(),
    };
    Path::new(group)
        .ancestors()
        .map(|group| format!("{root}{}/{file}", group.to_string_lossy().trim_end_matches('/')))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{present_bytes, usable_bytes};

    fn present(files: &[(&str, &str)]) -> Option<u64> {
        present_bytes(|path: &Path| {
            files.iter().find(|(name, _)| Path::new(name) == path).map(|(_, text)| (*text).to_owned())
        })
    }

    const MEMINFO: (&str, &str) = ("/proc/meminfo", "MemTotal: 16000 kB\nMemAvailable:    8000 kB\n");

    #[test]
    fn the_tightest_limit_counts() {
        assert_eq!(present(&[]), None);
        assert_eq!(present(&[MEMINFO]), Some(8_192_000));
        let own = ("/proc/self/cgroup", "0::/user/feed\n");
        let unlimited = ("/sys/fs/cgroup/user/feed/memory.max", "max\n");
        assert_eq!(present(&[MEMINFO, own, unlimited]), Some(8_192_000));
        let around = ("/sys/fs/cgroup/user/memory.max", "4096000\n");
        assert_eq!(present(&[MEMINFO, own, unlimited, around]), Some(4_096_000));
        let first = ("/proc/self/cgroup", "5:cpu:/x\n4:memory:/x\n");
        let limit = ("/sys/fs/cgroup/memory/x/memory.limit_in_bytes", "1000\n");
        assert_eq!(present(&[MEMINFO, first, limit]), Some(1000));
    }

    #[test]
    fn there_is_always_some() {
        assert!(usable_bytes() > 0);
    }
}
