//! Ports that stay ours while a cluster is down.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::Path;

use rustix::fs::{FlockOperation, flock};

use crate::TestbedError;

/// Below the ports that systems hand out by themselves, so that no outgoing connection takes the
/// port between a crash and the restart.
const FIRST: u16 = 14_000;
const COUNT: u16 = 16_000;

/// A port of the loopback address that no other cluster of this user takes while this value lives.
#[derive(Debug)]
pub(crate) struct Port {
    number: u16,
    _lock: File,
}

impl Port {
    /// Takes a free one; `folder` holds the locks. `seed` says where to begin to look.
    pub(crate) fn take(folder: &Path, seed: u64) -> Result<Port, TestbedError> {
        let locks = folder.join("ports");
        fs::create_dir_all(&locks).map_err(TestbedError::io("creating the folder of ports"))?;
        let start = u16::try_from(seed % u64::from(COUNT)).expect("the rest is below a u16");
        for step in 0..COUNT {
            let number = FIRST + (start + step) % COUNT;
            let lock = File::create(locks.join(number.to_string()))
                .map_err(TestbedError::io("creating the lock of a port"))?;
            let ours = flock(&lock, FlockOperation::NonBlockingLockExclusive).is_ok();
            if ours && TcpListener::bind(("127.0.0.1", number)).is_ok() {
                return Ok(Port {
                    number,
                    _lock: lock,
                });
            }
        }
        Err(TestbedError::PortsTaken)
    }

    pub(crate) fn number(&self) -> u16 {
        self.number
    }
}
