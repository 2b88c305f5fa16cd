//! From names to addresses that may be connected to.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::address::is_public;

/// Asks for the addresses of a name.
pub(super) trait Names: Send + Sync + 'static {
    /// All addresses of a name, as they are now.
    fn addresses(&self, name: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>>;
}

/// The names that this machine knows.
#[derive(Clone, Copy, Debug)]
pub(super) struct SystemNames;

impl Names for SystemNames {
    fn addresses(&self, name: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        async move {
            let found = tokio::net::lookup_host((name, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        }
        .boxed()
    }
}

/// What a connection is made to: the addresses that pass here are the ones connected to, so that
/// a name which means something else a moment later does not help.
#[derive(Clone)]
pub(super) struct Guarded {
    names: Arc<dyn Names>,
    allow_private: bool,
}

/// No address of the name may be connected to.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("no address of the host is public")]
pub(super) struct NotPublic;

impl Guarded {
    pub(super) fn new(names: Arc<dyn Names>, allow_private: bool) -> Guarded {
        Guarded {
            names,
            allow_private,
        }
    }

    /// Whether private addresses may be connected to, too.
    pub(super) fn allows_all(&self) -> bool {
        self.allow_private
    }

    /// Whether an address may be connected to.
    pub(super) fn allows(&self, address: IpAddr) -> bool {
        self.allow_private || is_public(address)
    }
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let guarded = self.clone();
        let asked = self.names.addresses(name.as_str().to_owned());
        async move {
            let mut found = asked.await?;
            found.retain(|address| guarded.allows(*address));
            if found.is_empty() {
                return Err(NotPublic.into());
            }
            // The port of the URL takes the place of 0.
            let found = found.into_iter().map(|ip| SocketAddr::new(ip, 0));
            Ok(Box::new(found) as Addrs)
        }
        .boxed()
    }
}
