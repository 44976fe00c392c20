//! Tests of export over TLS, with certificates that are made here.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, IsCa, KeyPair,
    date_time_ymd,
};
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tonic::transport::{Certificate, Identity, ServerTlsConfig};

use crate::child_process::{ChildProcess, Exit};
use crate::grpc::{self, Answer as GrpcAnswer};
use crate::receiver::{Answer, Receiver};

const ROOTS: &str = "OTEL_EXPORTER_OTLP_CERTIFICATE";
const CLIENT_CERTIFICATE: &str = "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE";
const CLIENT_KEY: &str = "OTEL_EXPORTER_OTLP_CLIENT_KEY";

/// An authority that signs certificates.
struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate and its key, in PEM.
struct Signed {
    certificate: String,
    key: KeyPair,
}

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().expect("a key");
        Self(CertifiedIssuer::self_signed(params, key).expect("an authority"))
    }

    /// Signs a certificate for this name, which ends in this year.
    fn sign(&self, name: &str, year: i32) -> Signed {
        let mut params = CertificateParams::new([name.to_owned()]).expect("a name");
        params.not_after = date_time_ymd(year, 1, 1);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.0).expect("a certificate");
        Signed {
            certificate: certificate.pem(),
            key,
        }
    }

    fn pem(&self) -> String {
        self.0.pem()
    }

    /// Returns the configuration of a server with this certificate, which asks for one of `clients`.
    fn server(certificate: &Signed, clients: Option<&Self>) -> Arc<ServerConfig> {
        let provider = Arc::new(ring::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .expect("versions");
        let builder = match clients {
            None => builder.with_no_client_auth(),
            Some(authority) => {
                let mut roots = RootCertStore::empty();
                roots.add(authority.0.der().clone()).expect("a root");
                let verifier =
                    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
                builder.with_client_cert_verifier(verifier.build().expect("a verifier"))
            }
        };
        let chain = vec![certificate.der()];
        let key = PrivateKeyDer::Pkcs8(certificate.key.serialize_der().into());
        Arc::new(builder.with_single_cert(chain, key).expect("a server"))
    }
}

impl Signed {
    fn der(&self) -> rustls::pki_types::CertificateDer<'static> {
        use rustls::pki_types::pem::PemObject as _;
        rustls::pki_types::CertificateDer::from_pem_slice(self.certificate.as_bytes()).expect("PEM")
    }
}

/// Returns the path of a new file with this text.
fn file(text: &str) -> String {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("tls-{}-{number}.pem", std::process::id());
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).expect("a file");
    path.into_os_string().into_string().expect("text")
}

/// Runs four messages, and stops.
fn run(variables: &[(&str, &str)]) -> Exit {
    let mut child = ChildProcess::start(variables);
    assert_eq!(child.send("run 4"), "ran 4");
    assert_eq!(child.send("stop"), "stopping");
    let exit = child.wait_for_exit();
    exit.assert_adds_up();
    exit
}

/// The protocols, each with a server that has this certificate. `check` gets the address.
fn over_both(
    certificate: &Signed,
    clients: Option<&Authority>,
    check: impl Fn(&str, &str, &dyn Fn() -> u64),
) {
    let config = Authority::server(certificate, clients);
    let receiver = Receiver::with_tls(config, |_| Answer::Status(200));
    let address = receiver.url("");
    check("http/protobuf", &secure(&address), &|| receiver.spans());
    let identity = Identity::from_pem(&certificate.certificate, certificate.key.serialize_pem());
    let mut tls = ServerTlsConfig::new().identity(identity);
    if let Some(clients) = clients {
        tls = tls.client_ca_root(Certificate::from_pem(clients.pem()));
    }
    let (_running, address, counts) = grpc::collector(0, GrpcAnswer::Success, Some(tls));
    check("grpc", &secure(&address), &|| {
        counts.spans.load(Ordering::SeqCst)
    });
}

fn secure(address: &str) -> String {
    address.replace("http://127.0.0.1", "https://localhost")
}

#[test]
fn spans_go_to_a_collector_whose_certificate_is_trusted() {
    let authority = Authority::new("the authority");
    let roots = file(&authority.pem());
    let certificate = authority.sign("localhost", 4000);
    over_both(&certificate, None, |protocol, endpoint, received| {
        let exit = run(&[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
            (ROOTS, &roots),
        ]);
        let counts = (exit.get("exported"), exit.get("dropped"));
        assert_eq!(counts, (4, 0), "{protocol}: {exit:?}");
        assert_eq!(received(), 4);
    });
}

#[test]
fn a_collector_whose_certificate_is_not_trusted_gets_nothing() {
    let authority = Authority::new("the authority");
    let other = Authority::new("another one");
    for (certificate, cause) in [
        (other.sign("localhost", 4000), "UnknownIssuer"),
        (authority.sign("elsewhere", 4000), "not valid for name"),
        (authority.sign("localhost", 2001), "expired"),
    ] {
        let roots = file(&authority.pem());
        over_both(&certificate, None, |protocol, endpoint, received| {
            let exit = run(&[
                ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint),
                ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
                (ROOTS, &roots),
            ]);
            let counts = (exit.get("exported"), exit.get("export_failed"));
            assert_eq!(counts, (0, 4), "{protocol}: {exit:?}");
            assert!(exit.line.contains(cause), "{protocol}: {}", exit.line);
            assert_eq!(received(), 0);
        });
    }
}

#[test]
fn the_system_does_not_trust_an_authority_that_is_made_here() {
    let certificate = Authority::new("the authority").sign("localhost", 4000);
    over_both(&certificate, None, |protocol, endpoint, received| {
        let exit = run(&[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
        ]);
        assert_eq!(exit.get("export_failed"), 4, "{protocol}: {exit:?}");
        assert!(exit.line.contains("UnknownIssuer"), "{}", exit.line);
        assert_eq!(received(), 0);
    });
}

#[test]
fn a_collector_that_asks_for_a_certificate_gets_it() {
    let authority = Authority::new("the authority");
    let clients = Authority::new("the clients' authority");
    let roots = file(&authority.pem());
    let certificate = authority.sign("localhost", 4000);
    let client = clients.sign("client", 4000);
    let (client_certificate, key) = (file(&client.certificate), file(&client.key.serialize_pem()));
    over_both(
        &certificate,
        Some(&clients),
        |protocol, endpoint, received| {
            let variables = [
                ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint),
                ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
                (ROOTS, &roots),
                (CLIENT_CERTIFICATE, &client_certificate),
                (CLIENT_KEY, &key),
            ];
            let without = run(&variables[..3]);
            assert_eq!(without.get("export_failed"), 4, "{protocol}: {without:?}");
            assert_eq!(received(), 0);
            let exit = run(&variables);
            assert_eq!(exit.get("exported"), 4, "{protocol}: {exit:?}");
            assert_eq!(received(), 4);
        },
    );
}

#[test]
fn files_that_have_no_certificate_are_named() {
    let empty = file("");
    for (variables, expected) in [
        (
            vec![(ROOTS, "/no/such/file")],
            "OTEL_EXPORTER_OTLP_CERTIFICATE \"/no/such/file\": No such file",
        ),
        (
            vec![(ROOTS, empty.as_str())],
            "trusted certificates: no certificate in PEM",
        ),
        (
            vec![
                (CLIENT_CERTIFICATE, empty.as_str()),
                (CLIENT_KEY, empty.as_str()),
            ],
            "client certificate: no certificate in PEM",
        ),
    ] {
        for protocol in ["http/protobuf", "grpc"] {
            let endpoint = [
                ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://localhost:1"),
                ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
            ];
            let exit = run(&[&endpoint[..], &variables].concat());
            assert_eq!(exit.get("export_failed"), 4, "{exit:?}");
            assert!(exit.line.contains(expected), "{}", exit.line);
        }
    }
}

#[test]
fn grpc_without_a_scheme_is_secure_unless_it_is_insecure() {
    let (_running, endpoint, counts) = grpc::collector(0, GrpcAnswer::Success, None);
    let endpoint = endpoint.replace("http://", "");
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_INSECURE", "true"),
    ];
    assert_eq!(run(&variables[..2]).get("export_failed"), 4);
    assert_eq!(run(&variables).get("exported"), 4);
    assert_eq!(counts.spans.load(Ordering::SeqCst), 4);
}
