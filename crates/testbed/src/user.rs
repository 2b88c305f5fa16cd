//! As whom PostgreSQL runs: as ourselves, or, because it refuses to run as root, as somebody else.

use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use crate::TestbedError;

/// The user that the server's programs run as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum User {
    /// The one that runs the tests.
    Same,
    /// Another, since the tests are run by root.
    Other { user: u32, group: u32 },
}

impl User {
    /// `postgres`, else `nobody`, when we are root; else ourselves.
    pub(crate) fn for_server() -> Result<User, TestbedError> {
        if !rustix::process::geteuid().is_root() {
            return Ok(User::Same);
        }
        let known = fs::read_to_string("/etc/passwd")
            .map_err(TestbedError::io("reading the list of users"))?;
        ["postgres", "nobody"]
            .iter()
            .find_map(|name| find(&known, name))
            .ok_or(TestbedError::UserMissing)
    }

    /// A command that runs as this user; the standard library drops root's other groups.
    pub(crate) fn command(self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        if let User::Other { user, group } = self {
            command.uid(user).gid(group);
        }
        // Programs complain about a current folder that they may not enter.
        command.current_dir("/");
        command
    }

    /// Makes the file or folder this user's own.
    pub(crate) fn give(self, path: &Path) -> Result<(), TestbedError> {
        match self {
            User::Same => Ok(()),
            User::Other { user, group } => chown(path, Some(user), Some(group)).map_err(
                TestbedError::io(format!("giving away `{}`", path.display())),
            ),
        }
    }
}

fn find(known: &str, name: &str) -> Option<User> {
    known.lines().find_map(|line| {
        let mut fields = line.split(':');
        if fields.next()? != name {
            return None;
        }
        let user = fields.nth(1)?.parse().ok()?;
        let group = fields.next()?.parse().ok()?;
        Some(User::Other { user, group })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_found_by_their_whole_name() {
        let known = "root:x:0:0:root:/root:/bin/bash\npostgres2:x:7:8::/:/bin/sh\n\
                     postgres:x:101:104:admin:/var/lib/postgresql:/bin/bash\n";
        assert_eq!(
            find(known, "postgres"),
            Some(User::Other {
                user: 101,
                group: 104
            })
        );
        assert_eq!(find(known, "nobody"), None);
    }
}
