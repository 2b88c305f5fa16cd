//! Encryption: a certificate and its key, which may be replaced while the server runs.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;

/// A certificate and its key.
#[derive(Clone)]
pub struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    config: Arc<RwLock<Arc<ServerConfig>>>,
}

/// Why a certificate or a key is not taken. It never tells what is in the file of the key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A file has no certificate or no key in it, or cannot be read.
    #[error("`{0}` is no PEM file with a certificate chain")]
    Certificate(PathBuf),
    /// A file has no key in it, or cannot be read.
    #[error("`{0}` is no PEM file with a private key")]
    Key(PathBuf),
    /// The two do not go together.
    #[error("the key is not that of the certificate: {0}")]
    Pair(String),
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Tls");
        shown
            .field("certificate", &self.certificate)
            .finish_non_exhaustive()
    }
}

impl Tls {
    /// Reads a chain of certificates, that of the server first, and the key, both as PEM.
    ///
    /// # Errors
    ///
    /// [`TlsError`].
    pub fn read(certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Result<Tls, TlsError> {
        let (certificate, key) = (certificate.into(), key.into());
        let config = Arc::new(RwLock::new(read(&certificate, &key)?));
        Ok(Tls {
            certificate,
            key,
            config,
        })
    }

    /// Reads both again, for connections from now on; the old ones stay if that fails.
    ///
    /// # Errors
    ///
    /// [`TlsError`].
    pub fn reload(&self) -> Result<(), TlsError> {
        let config = read(&self.certificate, &self.key)?;
        *self.config.write().unwrap_or_else(PoisonError::into_inner) = config;
        Ok(())
    }

    pub(super) fn config(&self) -> Arc<ServerConfig> {
        let config = self.config.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&config)
    }
}

fn read(certificate: &Path, key: &Path) -> Result<Arc<ServerConfig>, TlsError> {
    let no_chain = || TlsError::Certificate(certificate.to_owned());
    let chain = CertificateDer::pem_file_iter(certificate).map_err(|_| no_chain())?;
    let chain: Result<Vec<CertificateDer<'static>>, _> = chain.collect();
    let chain = chain.map_err(|_| no_chain())?;
    if chain.is_empty() {
        return Err(no_chain());
    }
    let secret = PrivateKeyDer::from_pem_file(key);
    let secret = secret.map_err(|_| TlsError::Key(key.to_owned()))?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider knows the usual versions")
        .with_no_client_auth()
        .with_single_cert(chain, secret);
    let mut config = config.map_err(|error| TlsError::Pair(error.to_string()))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
