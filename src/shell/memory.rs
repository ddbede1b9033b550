//! How much memory this process can still get: the machine's, or what its control group leaves it.
//!
//! Where the system does not say, nothing is claimed. File caches count as available: the system gives
//! them up for a program.

use std::path::{Path, PathBuf};

/// In bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// The machine's.
    pub total: u64,
    /// Free now, without pushing anything out to the disk.
    pub available: u64,
    /// More that can be had by pushing others out.
    pub swap: u64,
    /// What the control group of this process may use in all, if it has a limit.
    pub limit: Option<u64>,
}

impl Memory {
    /// Of this machine, now. `None`: it does not say.
    pub fn now() -> Option<Memory> {
        let read = |path: &Path| std::fs::read_to_string(path).ok();
        match std::env::consts::OS {
            "linux" | "android" => linux(read),
            "macos" => {
                let total = said("sysctl", &["-n", "hw.memsize"])?;
                macos(&total, &said("vm_stat", &[]).unwrap_or_default())
            }
            _ => None,
        }
    }

    /// What a program that needs more than this cannot get in any way.
    pub fn most(self) -> u64 {
        self.available.saturating_add(self.swap)
    }
}

fn said(command: &str, arguments: &[&str]) -> Option<String> {
    let output = std::process::Command::new(command)
        .args(arguments)
        .output()
        .ok()?;
    String::from_utf8(output.stdout).ok()
}

/// `read` gives the text of a file of `/proc` or `/sys`.
fn linux(read: impl Fn(&Path) -> Option<String>) -> Option<Memory> {
    let machine = read(Path::new("/proc/meminfo"))?;
    let kib = |key: &str| {
        let line = machine
            .lines()
            .find_map(|l| l.strip_prefix(key)?.strip_prefix(':'))?;
        let number = line
            .trim()
            .trim_end_matches("kB")
            .trim()
            .parse::<u64>()
            .ok()?;
        number.checked_mul(1024)
    };
    let mut memory = Memory {
        total: kib("MemTotal")?,
        available: kib("MemAvailable")?,
        swap: kib("SwapFree").unwrap_or(0),
        limit: None,
    };
    let groups = read(Path::new("/proc/self/cgroup")).unwrap_or_default();
    for line in groups.lines() {
        let mut parts = line.splitn(3, ':');
        let (Some(number), Some(kinds), Some(path)) = (parts.next(), parts.next(), parts.next())
        else {
            continue;
        };
        let group = if number == "0" && kinds.is_empty() {
            Group::new("/sys/fs/cgroup", path, &VERSION_2)
        } else if kinds.split(',').any(|k| k == "memory") {
            Group::new("/sys/fs/cgroup/memory", path, &VERSION_1)
        } else {
            continue;
        };
        group.narrow(&read, &mut memory);
    }
    Some(memory)
}

/// Names of a control group's files.
struct Files {
    limit: &'static str,
    used: &'static str,
    cache: [&'static str; 2],
    swap_limit: &'static str,
    swap_used: &'static str,
    /// Whether the swap's files count memory too.
    swap_is_sum: bool,
}

const VERSION_2: Files = Files {
    limit: "memory.max",
    used: "memory.current",
    cache: ["inactive_file", "active_file"],
    swap_limit: "memory.swap.max",
    swap_used: "memory.swap.current",
    swap_is_sum: false,
};

const VERSION_1: Files = Files {
    limit: "memory.limit_in_bytes",
    used: "memory.usage_in_bytes",
    cache: ["total_inactive_file", "total_active_file"],
    swap_limit: "memory.memsw.limit_in_bytes",
    swap_used: "memory.memsw.usage_in_bytes",
    swap_is_sum: true,
};

struct Group {
    root: &'static str,
    path: PathBuf,
    files: &'static Files,
}

impl Group {
    fn new(root: &'static str, path: &str, files: &'static Files) -> Group {
        // Inside a container the path is that of outside, and only the root is there.
        let path = Path::new(root).join(path.trim_start_matches('/'));
        Group { root, path, files }
    }

    /// Takes the limits of the group and of all above it into account.
    fn narrow(&self, read: impl Fn(&Path) -> Option<String>, memory: &mut Memory) {
        let files = self.files;
        let above = self
            .path
            .ancestors()
            .take_while(|p| p.starts_with(self.root));
        for folder in above {
            let number = |name: &str| read(&folder.join(name))?.trim().parse::<u64>().ok();
            let Some(limit) = number(files.limit).filter(|limit| *limit < memory.total) else {
                continue;
            };
            let used = number(files.used).unwrap_or(0);
            let stat = read(&folder.join("memory.stat")).unwrap_or_default();
            let cache = stat.lines().filter_map(|line| {
                let (key, value) = line.split_once(' ')?;
                files
                    .cache
                    .contains(&key)
                    .then(|| value.trim().parse::<u64>().ok())?
            });
            let used_for_good = used.saturating_sub(cache.sum());
            let free = limit.saturating_sub(used_for_good);
            memory.available = memory.available.min(free);
            memory.limit = Some(memory.limit.map_or(limit, |l| l.min(limit)));
            if let Some(swap_limit) = number(files.swap_limit) {
                let swap_used = number(files.swap_used).unwrap_or(0);
                let left = swap_limit.saturating_sub(swap_used);
                let swap = match files.swap_is_sum {
                    true => left.saturating_sub(limit.saturating_sub(used)),
                    false => left,
                };
                memory.swap = memory.swap.min(swap);
            }
        }
    }
}

/// From `sysctl -n hw.memsize` and `vm_stat`. There swap grows as long as the disk has room, so only
/// what exceeds the whole memory counts as impossible.
fn macos(total: &str, vm_stat: &str) -> Option<Memory> {
    let total = total.trim().parse().ok()?;
    let page_bytes = vm_stat.split("page size of ").nth(1)?;
    let page_bytes: u64 = page_bytes.split(' ').next()?.parse().ok()?;
    let pages = |key: &str| {
        let line = vm_stat.lines().find_map(|l| l.strip_prefix(key));
        line.and_then(|l| l.trim().trim_end_matches('.').parse::<u64>().ok())
            .unwrap_or(0)
    };
    let keys = [
        "Pages free:",
        "Pages inactive:",
        "Pages speculative:",
        "Pages purgeable:",
    ];
    let free: u64 = keys.into_iter().map(pages).sum();
    let available = free.saturating_mul(page_bytes).min(total);
    Some(Memory {
        total,
        available,
        swap: total - available,
        limit: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEMINFO: &str = "MemTotal:  16000 kB\nMemFree: 100 kB\nMemAvailable:  8000 kB\n\
                           SwapTotal: 3000 kB\nSwapFree: 2000 kB\n";
    const K: u64 = 1024;

    fn memory(files: &[(&str, &str)]) -> Option<Memory> {
        linux(|path| {
            let found = files.iter().find(|(name, _)| Path::new(name) == path);
            found.map(|(_, text)| (*text).to_owned())
        })
    }

    fn is(total: u64, available: u64, swap: u64, limit: Option<u64>) -> Option<Memory> {
        Some(Memory {
            total: total * K,
            available: available * K,
            swap: swap * K,
            limit: limit.map(|l| l * K),
        })
    }

    #[test]
    fn linux_without_limits() {
        assert_eq!(memory(&[]), None);
        assert_eq!(memory(&[("/proc/meminfo", "nonsense")]), None);
        assert_eq!(
            memory(&[("/proc/meminfo", MEMINFO)]),
            is(16000, 8000, 2000, None)
        );
        // 18446744073709551615 kB does not overflow.
        let huge = "MemTotal: 18446744073709551615 kB\nMemAvailable: 1 kB\n";
        assert_eq!(memory(&[("/proc/meminfo", huge)]), None);
        let none = [
            ("/proc/meminfo", MEMINFO),
            ("/proc/self/cgroup", "0::/a\n"),
            ("/sys/fs/cgroup/a/memory.max", "max\n"),
        ];
        assert_eq!(memory(&none), is(16000, 8000, 2000, None));
    }

    #[test]
    fn linux_with_a_control_group_of_version_2() {
        let files = [
            ("/proc/meminfo", MEMINFO),
            ("/proc/self/cgroup", "0::/user/me\n"),
            ("/sys/fs/cgroup/user/memory.max", "4096000\n"),
            ("/sys/fs/cgroup/user/memory.current", "3072000\n"),
            (
                "/sys/fs/cgroup/user/memory.stat",
                "anon 1\ninactive_file 1024000\nactive_file 512000\n",
            ),
            ("/sys/fs/cgroup/user/memory.swap.max", "0\n"),
        ];
        assert_eq!(memory(&files), is(16000, 2500, 0, Some(4000)));
    }

    #[test]
    fn linux_with_a_control_group_of_version_1() {
        let files = [
            ("/proc/meminfo", MEMINFO),
            (
                "/proc/self/cgroup",
                "8:pids:/x\n4:cpu,memory:/docker/abc\n0::/\n",
            ),
            ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "4096000\n"),
            ("/sys/fs/cgroup/memory/memory.usage_in_bytes", "1024000\n"),
            (
                "/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes",
                "5120000\n",
            ),
            (
                "/sys/fs/cgroup/memory/memory.memsw.usage_in_bytes",
                "1024000\n",
            ),
        ];
        assert_eq!(memory(&files), is(16000, 3000, 1000, Some(4000)));
        let none = "9223372036854771712\n";
        let files = [
            ("/proc/meminfo", MEMINFO),
            ("/proc/self/cgroup", "4:memory:/\n"),
            ("/sys/fs/cgroup/memory/memory.limit_in_bytes", none),
        ];
        assert_eq!(memory(&files), is(16000, 8000, 2000, None));
    }

    #[test]
    fn macos_as_its_commands_print() {
        let vm_stat = "Mach Virtual Memory Statistics: (page size of 16384 bytes)\n\
                       Pages free:                               10.\n\
                       Pages active:                            500.\n\
                       Pages inactive:                          100.\n\
                       Pages speculative:                         5.\n\
                       Pages purgeable:                           1.\n";
        let memory = macos("17179869184\n", vm_stat).unwrap();
        assert_eq!(memory.available, 116 * 16384);
        assert_eq!(memory.most(), 17179869184);
        assert_eq!(macos("17179869184\n", ""), None);
    }

    #[test]
    fn this_machine_says_something() {
        if cfg!(target_os = "linux") {
            let memory = Memory::now().unwrap();
            assert!(0 < memory.available && memory.available <= memory.total);
        }
    }
}
