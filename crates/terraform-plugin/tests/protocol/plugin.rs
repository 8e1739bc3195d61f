//! The plugin as a process, started as Terraform starts it.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    process::{Command as Blocking, Stdio},
    sync::{Arc, OnceLock},
};

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use hyper_util::rt::TokioIo;
use rcgen::{CertificateParams, KeyPair};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use rustls::{
    ClientConfig, DigitallySignedStruct, Error, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, BufReader},
    net::{TcpStream, UnixStream},
    process::{Child, ChildStdout, Command},
};
use tokio_rustls::{TlsConnector, client::TlsStream};
use tonic::transport::{Channel, Endpoint};

use crate::client::Client;

pub const COOKIE: &str = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";

/// The example provider's program. It is built here, so that a test of one name alone finds it as well.
pub fn binary() -> PathBuf {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY
        .get_or_init(|| {
            let mut build = Blocking::new(env!("CARGO"));
            build.args(["build", "--quiet", "--example", "terraform-provider-example"]);
            if !cfg!(debug_assertions) {
                build.arg("--release");
            }
            // What cargo tells a test of its package would be a change to the build scripts of dependencies that look at
            // it: they would be built anew, and once more by the next build outside.
            for (name, _) in std::env::vars_os() {
                let name = name.to_string_lossy();
                if ["CARGO_PKG_", "CARGO_MANIFEST_"]
                    .iter()
                    .any(|own| name.starts_with(own))
                {
                    build.env_remove(&*name);
                }
            }
            assert!(
                build
                    .current_dir(env!("CARGO_MANIFEST_DIR"))
                    .status()
                    .unwrap()
                    .success()
            );
            let mut folder = std::env::current_exe().unwrap();
            folder.pop();
            folder.pop();
            folder.join("examples/terraform-provider-example")
        })
        .clone()
}

/// Who a client is.
pub struct Identity {
    pub certificate: CertificateDer<'static>,
    pub pem: String,
    pub key: Vec<u8>,
}

impl Identity {
    pub fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec!["localhost".to_owned()])
            .unwrap()
            .self_signed(&key)
            .unwrap();
        Self {
            certificate: certificate.der().clone(),
            pem: certificate.pem(),
            key: key.serialize_der(),
        }
    }

    /// Shows this certificate, but signs with the key of another.
    pub fn with_key_of(mut self, other: &Self) -> Self {
        self.key.clone_from(&other.key);
        self
    }
}

/// How the plugin is started.
pub struct Start {
    pub arguments: Vec<String>,
    pub variables: BTreeMap<String, String>,
}

impl Start {
    /// As Terraform does it, for the client `identity`.
    pub fn invited(identity: &Identity) -> Self {
        let variables = [
            ("TF_PLUGIN_MAGIC_COOKIE", COOKIE),
            ("PLUGIN_PROTOCOL_VERSIONS", "5,6"),
            ("PLUGIN_CLIENT_CERT", &identity.pem),
        ];
        Self {
            arguments: Vec::new(),
            variables: variables
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
        }
    }

    pub fn by_hand() -> Self {
        Self {
            arguments: Vec::new(),
            variables: BTreeMap::new(),
        }
    }

    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    pub fn argument(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }

    pub fn command(&self) -> Command {
        let mut command = Command::new(binary());
        command
            .args(&self.arguments)
            .env_clear()
            .envs(&self.variables)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    /// Runs to the end: exit code, standard output, standard error.
    pub async fn run(&self) -> (i32, String, String) {
        let output = self.command().output().await.unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }
}

/// A connection to a plugin.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// A running plugin.
pub struct Plugin {
    pub child: Child,
    pub line: String,
    pub identity: Identity,
    pub stdout: BufReader<ChildStdout>,
}

impl Plugin {
    pub async fn start() -> Self {
        let identity = Identity::new();
        let start = Start::invited(&identity);
        Self::start_as(start, identity).await
    }

    pub async fn start_as(start: Start, identity: Identity) -> Self {
        let mut child = start.command().spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).await.unwrap();
        Self {
            child,
            line,
            identity,
            stdout,
        }
    }

    fn part(&self, at: usize) -> &str {
        self.line.trim_end().split('|').nth(at).unwrap()
    }

    /// The socket.
    pub fn socket(&self) -> PathBuf {
        assert_eq!(self.part(2), "unix");
        self.part(3).into()
    }

    /// The certificate that the handshake names.
    pub fn certificate(&self) -> CertificateDer<'static> {
        STANDARD_NO_PAD.decode(self.part(5)).unwrap().into()
    }

    /// The port of loopback.
    pub fn port(&self) -> u16 {
        assert_eq!(self.part(2), "tcp");
        self.part(3).strip_prefix("127.0.0.1:").unwrap().parse().unwrap()
    }

    /// A connection without TLS.
    pub async fn connect(&self) -> std::io::Result<Box<dyn Stream>> {
        Ok(if self.part(2) == "tcp" {
            Box::new(TcpStream::connect(("127.0.0.1", self.port())).await?)
        } else {
            Box::new(UnixStream::connect(self.socket()).await?)
        })
    }

    /// A TLS connection as `client`, or as nobody.
    pub async fn tls(&self, client: Option<&Identity>) -> std::io::Result<TlsStream<Box<dyn Stream>>> {
        let stream = self.connect().await?;
        tls(stream, self.certificate(), client).await
    }

    /// A client as the one that the plugin knows.
    pub async fn client(&self) -> Client<Channel> {
        Client::new(self.channel(Some(&self.identity)).await.unwrap())
    }

    /// A channel as `client`, or as nobody.
    pub async fn channel(&self, client: Option<&Identity>) -> Result<Channel, tonic::transport::Error> {
        let mut stream = self.tls(client).await.map(Some).unwrap_or_default();
        let endpoint = Endpoint::from_static("http://localhost").initial_stream_window_size(Some(8 * 1024 * 1024));
        endpoint
            .connect_with_connector(tower::service_fn(move |_| {
                let stream = stream.take();
                async move {
                    stream
                        .map(TokioIo::new)
                        .ok_or_else(|| std::io::Error::other("not connected, or no longer"))
                }
            }))
            .await
    }

    /// Waits for its end; answers what else it wrote to standard output.
    pub async fn end(mut self) -> (std::process::ExitStatus, String) {
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).await.unwrap();
        (self.child.wait().await.unwrap(), rest)
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        send(self.child.id().unwrap(), signal);
    }
}

fn process(id: u32) -> Pid {
    Pid::from_raw(id.try_into().unwrap()).unwrap()
}

/// Sends a signal to the process with this ID. The system call is used because a program `kill` is not on every machine.
pub fn send(id: u32, signal: Signal) {
    kill_process(process(id), signal).unwrap();
}

/// Whether a process with this ID exists.
pub fn exists(id: u32) -> bool {
    test_kill_process(process(id)).is_ok()
}

async fn tls(
    stream: Box<dyn Stream>,
    server: CertificateDer<'static>,
    client: Option<&Identity>,
) -> std::io::Result<TlsStream<Box<dyn Stream>>> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(OnlyThis { server, provider }));
    let mut config = match client {
        Some(client) => {
            let key = PrivateKeyDer::try_from(client.key.clone()).unwrap();
            let key = ring::sign::any_supported_type(&key).unwrap();
            let certified = rustls::sign::CertifiedKey::new(vec![client.certificate.clone()], key);
            builder.with_client_cert_resolver(Arc::new(rustls::sign::SingleCertAndKey::from(certified)))
        }
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await
}

/// Takes the one certificate that the handshake named.
#[derive(Debug)]
struct OnlyThis {
    server: CertificateDer<'static>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for OnlyThis {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        assert_eq!(*end_entity, self.server, "not the certificate of the handshake line");
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
