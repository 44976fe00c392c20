//! TLS, with rustls: the roots that are trusted, and the certificate of this program.

use std::fmt;
use std::fs;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier};

use crate::collector::{TlsFile, TlsFiles};

/// The contents of the files, in PEM.
#[derive(Default)]
pub(super) struct Tls {
    /// The only roots that are trusted. `None`: the system's, or Mozilla's where it has none.
    roots: Option<Vec<u8>>,
    /// The certificate and the key that this program shows.
    identity: Option<(Vec<u8>, Vec<u8>)>,
}

impl Tls {
    /// Reads the files, and checks what is in them.
    pub(super) fn read(files: &TlsFiles) -> Result<Self, String> {
        let read = |file: &TlsFile| {
            fs::read(&file.path)
                .map_err(|error| format!("{} {:?}: {error}", file.source, file.path))
        };
        let tls = Self {
            roots: files.roots.as_ref().map(read).transpose()?,
            identity: match &files.identity {
                Some((certificate, key)) => Some((read(certificate)?, read(key)?)),
                None => None,
            },
        };
        tls.config()?;
        Ok(tls)
    }

    /// Returns a configuration that no server satisfies.
    pub(super) fn trusting_nobody() -> Result<ClientConfig, String> {
        let builder = builder()?.with_root_certificates(RootCertStore::empty());
        Ok(builder.with_no_client_auth())
    }

    /// Returns the configuration for HTTP.
    pub(super) fn config(&self) -> Result<ClientConfig, String> {
        let builder = builder()?.with_root_certificates(self.root_store()?);
        let Some((certificate, key)) = &self.identity else {
            return Ok(builder.with_no_client_auth());
        };
        let chain = certificates(certificate).map_err(|it| format!("client certificate: {it}"))?;
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|it| format!("client key: {it}"))?;
        builder
            .with_client_auth_cert(chain, key)
            .map_err(|error| format!("client certificate and key: {error}"))
    }

    fn root_store(&self) -> Result<RootCertStore, String> {
        let mut store = RootCertStore::empty();
        if let Some(pem) = &self.roots {
            for root in certificates(pem).map_err(|it| format!("trusted certificates: {it}"))? {
                let added = store.add(root);
                added.map_err(|error| format!("trusted certificates: {error}"))?;
            }
            return Ok(store);
        }
        store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if store.is_empty() {
            store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        }
        Ok(store)
    }

    /// Returns the configuration for gRPC.
    #[cfg(feature = "otlp-grpc")]
    pub(super) fn tonic(&self) -> Result<tonic::transport::ClientTlsConfig, String> {
        use tonic::transport::{ClientTlsConfig, Identity};
        let mut config = ClientTlsConfig::new().trust_anchors(self.root_store()?.roots);
        if let Some((certificate, key)) = &self.identity {
            config = config.identity(Identity::from_pem(certificate, key));
        }
        Ok(config)
    }
}

/// A key must not be printed.
impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").finish_non_exhaustive()
    }
}

/// The process's default provider is left alone: the program may have none, and may set its own later.
fn builder() -> Result<ConfigBuilder<ClientConfig, WantsVerifier>, String> {
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match certificates {
        Ok(certificates) if certificates.is_empty() => Err("no certificate in PEM".to_owned()),
        other => other.map_err(|error| error.to_string()),
    }
}
