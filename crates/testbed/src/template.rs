//! Data folders that were initialised once and are copied for each cluster, because `initdb` takes
//! much longer than a copy.

use std::fs::{self, DirBuilder, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use crate::user::User;
use crate::{Binaries, TestbedError, process};

/// Bytes that nobody can guess, as hexadecimal digits.
pub(crate) fn random() -> Result<String, TestbedError> {
    let mut bytes = [0; 12];
    File::open("/dev/urandom")
        .and_then(|mut file| file.read_exact(&mut bytes))
        .map_err(TestbedError::io("reading random bytes"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The folder of what is kept between runs: templates and locks. Since its place is known to
/// everybody on the machine, it counts only if it is ours and nobody else may write in it.
pub(crate) fn cache() -> Result<PathBuf, TestbedError> {
    let owner = rustix::process::geteuid().as_raw();
    let folder = std::env::temp_dir().join(format!("quando-testbed-{owner}"));
    match DirBuilder::new().mode(0o711).create(&folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            return Err(TestbedError::io("creating the folder of templates")(error));
        }
        Ok(()) | Err(_) => {}
    }
    let found = fs::symlink_metadata(&folder)
        .map_err(TestbedError::io("looking at the folder of templates"))?;
    let ours = found.is_dir() && found.uid() == owner && found.permissions().mode() & 0o022 == 0;
    if ours {
        Ok(folder)
    } else {
        Err(TestbedError::FolderForeign(folder))
    }
}

/// Copies an initialised data folder to `folder/data`, after initialising one if nobody has yet,
/// and gives the superuser's password.
pub(crate) fn copy_into(
    folder: &Path,
    binaries: &Binaries,
    user: User,
    arguments: &[&str],
) -> Result<String, TestbedError> {
    let template = ready(binaries, user, arguments)?;
    process::run(
        user.command("cp")
            .arg("-Rp")
            .arg(template.join("data"))
            .arg(folder.join("data")),
    )?;
    fs::read_to_string(template.join("password"))
        .map_err(TestbedError::io("reading the template's password"))
}

/// The template for this version and these arguments. Only one process makes it, in a folder that
/// is renamed into place when it is whole, so that nobody ever copies half of one.
fn ready(binaries: &Binaries, user: User, arguments: &[&str]) -> Result<PathBuf, TestbedError> {
    let cache = cache()?;
    let mut hasher = DefaultHasher::new();
    (
        binaries.version(),
        binaries.folder(),
        arguments,
        format!("{user:?}"),
    )
        .hash(&mut hasher);
    let name = format!("template-{:016x}", hasher.finish());
    let template = cache.join(&name);
    if template.is_dir() {
        return Ok(template);
    }
    let lock = File::create(cache.join(format!("{name}.lock")))
        .map_err(TestbedError::io("creating the lock of a template"))?;
    flock(&lock, FlockOperation::LockExclusive)
        .map_err(|error| TestbedError::io("waiting for a template")(error.into()))?;
    if !template.is_dir() {
        let building = cache.join(format!("{name}.building"));
        initialise(&building, binaries, user, arguments)?;
        fs::rename(&building, &template)
            .map_err(TestbedError::io("putting a template into place"))?;
    }
    Ok(template)
}

fn initialise(
    building: &Path,
    binaries: &Binaries,
    user: User,
    arguments: &[&str],
) -> Result<(), TestbedError> {
    if building.exists() {
        // Somebody was killed in the middle of this; the lock says that it is not going on.
        fs::remove_dir_all(building).map_err(TestbedError::io("removing half a template"))?;
    }
    DirBuilder::new()
        .mode(0o700)
        .create(building)
        .map_err(TestbedError::io("creating a template"))?;
    let password = building.join("password");
    fs::write(&password, random()?).map_err(TestbedError::io("writing a password"))?;
    user.give(&password)?;
    user.give(building)?;
    // Only the owner reaches the socket's folder, everybody the port: hence a password for that.
    // The old kind is used since the new one is made to take time, at each connection.
    process::run(
        user.command(binaries.program("initdb"))
            .args([
                "--username=postgres",
                "--auth-local=trust",
                "--auth-host=md5",
            ])
            .args([
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
                "--no-instructions",
            ])
            .arg(format!("--pwfile={}", password.display()))
            .arg(format!("--pgdata={}", building.join("data").display()))
            .args(arguments),
    )?;
    Ok(())
}
