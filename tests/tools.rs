//! What the scripts in `tools/` do on a machine that cannot reach what they ask for. The commands that
//! they call are stand-ins.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::{
    fs::{self, Permissions},
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
    process::Command,
    sync::{Mutex, PoisonError},
};
use tempfile::TempDir;

/// A script cannot be run while another test forks with the file still open to be written.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// A copy of the scripts, in whose neighbourhood only these commands and the usual ones of a system are.
fn scripts(commands: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["tools", "end2end", "bin"] {
        fs::create_dir(folder.path().join(name)).expect("a folder");
    }
    for script in ["audit", "setup"] {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tools").join(script);
        fs::copy(from, folder.path().join("tools").join(script)).expect("a copy");
    }
    for usual in ["sh", "dirname", "grep", "printf", "cmp", "cp"] {
        let found = ["/usr/bin", "/bin"].map(|place| Path::new(place).join(usual));
        let found = found.iter().find(|path| path.exists()).expect(usual);
        symlink(found, folder.path().join("bin").join(usual)).expect("a link");
    }
    for (name, text) in commands {
        let path = folder.path().join("bin").join(name);
        fs::write(&path, format!("#!/bin/sh\n{text}\n")).expect("a command");
        fs::set_permissions(&path, Permissions::from_mode(0o755)).expect("a mode");
    }
    folder
}

/// Whether a script passed, and what it said.
fn run(folder: &TempDir, script: &[&str], settings: &[(&str, &str)]) -> (bool, String) {
    let mut command = Command::new(folder.path().join("tools").join(script[0]));
    command.args(&script[1..]).env_clear().env("PATH", folder.path().join("bin"));
    let output = command.envs(settings.iter().copied()).output().expect("the script");
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

const DENY: &str =
    r#"case "$*" in *--version*) echo "cargo-deny 0.20.2" ;; *"fetch db"*) exit 1 ;; esac"#;
const DENY_ONLINE: &str = r#"case "$*" in *--version*) echo "cargo-deny 0.20.2" ;; esac"#;
const DENY_FINDS: &str =
    r#"case "$*" in *--version*) echo "cargo-deny 0.20.2" ;; *advisories*) exit 1 ;; esac"#;
const NOTHING: &str = "exit 1";
const NPM: &str = r#"echo '{"metadata": {}}'"#;
const NPM_FINDS: &str = r#"echo '{"metadata": {}}'; exit 1"#;

#[test]
fn an_audit_that_could_not_look_says_so_and_fails_in_ci_unless_told_otherwise_by_name() {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let ci = ("CI", "true");
    let may = |what| ("AUDIT_MAY_SKIP", what);
    for (cargo, npm, settings, passes, said) in [
        (DENY_ONLINE, NPM, &[ci][..], true, "everything was checked"),
        (DENY, NOTHING, &[], true, "NOT checked: advisories npm"),
        (DENY, NOTHING, &[ci], false, "in CI everything is checked"),
        (DENY, NOTHING, &[ci, may("advisories")], false, "names what is not: npm"),
        (DENY, NPM, &[ci, may("npm")], false, "names what is not: advisories"),
        (DENY, NOTHING, &[ci, may("advisories npm")], true, "NOT checked: advisories npm"),
        (NOTHING, NPM, &[], true, "NOT checked: crates"),
        (NOTHING, NPM, &[ci, may("advisories npm")], false, "names what is not: crates"),
        // What is found fails, whatever may be skipped.
        (DENY_FINDS, NPM, &[may("crates advisories npm")], false, ""),
        (DENY_ONLINE, NPM_FINDS, &[may("crates advisories npm")], false, ""),
    ] {
        let folder = scripts(&[("cargo", cargo), ("npm", npm)]);
        let (passed, text) = run(&folder, &["audit"], settings);
        assert_eq!(passed, passes, "{settings:?}: {text}");
        assert!(text.contains(said), "{settings:?}: {text}");
    }
}

#[test]
fn a_tool_that_is_not_built_locked_is_said_and_fails_in_ci_unless_named() {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let breaks = r#"echo "cargo $*"; case "$*" in *--locked*|*--version*) exit 1 ;; esac"#;
    let works = r#"echo "cargo $*"; case "$*" in *--version*) exit 1 ;; esac"#;
    let (ci, may) = (("CI", "true"), ("SETUP_MAY_UNLOCK", "cargo-deny"));
    for (cargo, settings, passes, unlocked) in [
        (works, &[ci][..], true, false),
        (breaks, &[], true, true),
        (breaks, &[ci], false, false),
        (breaks, &[ci, ("SETUP_MAY_UNLOCK", "cargo-leptos")], false, false),
        (breaks, &[ci, may], true, true),
    ] {
        let (passed, text) = run(&scripts(&[("cargo", cargo)]), &["setup", "audit"], settings);
        assert_eq!(passed, passes, "{settings:?}: {text}");
        assert_eq!(text.contains("UNLOCKED"), unlocked, "{settings:?}: {text}");
        assert_eq!(text.contains("cargo install --root"), unlocked, "{settings:?}: {text}");
    }
}
