//! What ends a cluster when the test that owns it cannot do so any more.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::TestbedError;

/// Waits for the end of its input, which comes when the owner lets go or dies in whatever way, and
/// leaves nothing of the cluster. A signal at the parent's death would not do: it comes at the
/// death of the parent's *thread*.
const SCRIPT: &str = r#"
folder="$1" data="$1/data"
cat >/dev/null
[ -d "$folder" ] || exit 0
working() { find /proc -maxdepth 2 -name cwd -lname "$data" 2>/dev/null | cut -d / -f 3; }
postmaster="$(head -n 1 "$data/postmaster.pid" 2>/dev/null)"
for process in $(working); do
  if [ "$process" = "$postmaster" ]; then kill -QUIT "$process"; fi
done
tries=0
while [ -n "$(working)" ] && [ "$tries" -lt 600 ]; do
  if [ "$tries" -gt 50 ]; then kill -KILL $(working); fi
  tries=$((tries + 1))
  sleep 0.1
done
rm -rf "$folder"
"#;

/// A process that outlives its owner by a moment. Dropped, it has done its work.
#[derive(Debug)]
pub(crate) struct Watchdog(Child);

impl Watchdog {
    /// Watches over the cluster in this folder from now on.
    pub(crate) fn over(folder: &Path) -> Result<Watchdog, TestbedError> {
        Command::new("sh")
            .args(["-c", SCRIPT, "watchdog"])
            .arg(folder)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Out of reach of signals that end the whole group of the test.
            .process_group(0)
            .spawn()
            .map(Watchdog)
            .map_err(TestbedError::io("starting the watchdog"))
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        // Nobody is left to tell that it failed.
        let _ = self.0.wait();
    }
}
