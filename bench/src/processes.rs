//! Processor time and memory of processes and their children, from `/proc`.

use std::fs;

/// Clock ticks of a second, which Linux fixes for what `/proc` tells.
const TICKS: f64 = 100.0;

/// Seconds of processor time that a process, its children and those that have ended have used.
pub fn seconds(root: u32) -> f64 {
    tree(root).into_iter().filter_map(times).map(|[own, children]| own + children).sum::<f64>() / TICKS
}

/// Resident memory of a process and its children, in MiB.
pub fn memory(root: u32) -> f64 {
    tree(root).into_iter().filter_map(resident).sum::<f64>() / 1024.0
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

fn resident(pid: u32) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}
