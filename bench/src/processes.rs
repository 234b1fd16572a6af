//! What processes may take, and what they and their children took, from `/proc`.

use std::ffi::OsStr;
use std::fs;
use std::process::Command;

/// Clock ticks of a second, which Linux fixes for what `/proc` tells.
const TICKS: f64 = 100.0;

/// Address space of a server: nothing that is measured comes near, and a leak ends before the machine's memory does.
pub const SERVER_GIB: u64 = 8;

/// A command that gets no more than so much address space.
pub fn capped(program: impl AsRef<OsStr>, gibibytes: u64) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", r#"ulimit -v "$0" && exec "$@""#, &(gibibytes << 20).to_string()]).arg(program);
    command
}

/// Seconds of processor time that a process, its children and those that have ended have used.
pub fn seconds(root: u32) -> f64 {
    tree(root).into_iter().filter_map(times).map(|[own, children]| own + children).sum::<f64>() / TICKS
}

/// Memory of a process and its children, in MiB.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// All that is resident, pages of mapped files among it.
    pub resident: f64,
    /// What belongs to no file, so that no other process and no cache has it too.
    pub own: f64,
}

/// Memory of a process and its children now.
pub fn memory(root: u32) -> Memory {
    let sum = |line| tree(root).into_iter().filter_map(|pid| kibibytes(pid, line)).sum::<f64>() / 1024.0;
    Memory { resident: sum("VmRSS:"), own: sum("RssAnon:") }
}

fn tree(root: u32) -> Vec<u32> {
    let mut found = vec![root];
    let mut next = 0;
    while let Some(pid) = found.get(next) {
        let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
        found.extend(children.split_whitespace().filter_map(|pid| pid.parse::<u32>().ok()));
        next += 1;
    }
    found
}

/// Ticks of the process and of its children that have ended.
fn times(pid: u32) -> Option<[f64; 2]> {
    let line = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses may hold spaces.
    let fields: Vec<f64> =
        line.rsplit_once(')')?.1.split_whitespace().map(|field| field.parse().unwrap_or_default()).collect();
    let [user, system, ended_user, ended_system] = *fields.get(11..15)? else { return None };
    Some([user + system, ended_user + ended_system])
}

/// A line of `/proc/PID/status`.
fn kibibytes(pid: u32, line: &str) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let figure = status.lines().find_map(|found| found.strip_prefix(line))?;
    figure.trim().trim_end_matches(" kB").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_capped_command_has_its_arguments_and_its_limit() {
        let output = capped("sh", 1).args(["-c", "ulimit -v; echo $0 $1", "a b", "c"]).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout), "1048576\na b c\n");
    }

    #[test]
    fn what_a_process_owns_is_part_of_what_is_resident() {
        let Memory { resident, own } = memory(std::process::id());
        assert!(0.0 < own && own < resident, "{own} of {resident}");
    }
}
