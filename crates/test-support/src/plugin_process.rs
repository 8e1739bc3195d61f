//! Terraform's side of the plugin handshake: the certificate that it shows, the line that a plugin answers with, and the
//! gRPC channel to the plugin behind that line.

use std::{path::PathBuf, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use http::uri::PathAndQuery;
use hyper_util::rt::TokioIo;
use prost::Message;
use rcgen::{CertificateParams, KeyPair};
use rustls::{
    ClientConfig, DigitallySignedStruct, Error, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, UnixStream},
};
use tokio_rustls::{TlsConnector, client::TlsStream};
use tonic::{
    Request, Status,
    client::Grpc,
    transport::{Channel, Endpoint},
};
use tonic_prost::ProstCodec;

/// The value by which a plugin recognises that Terraform started it. It is not a secret.
pub const COOKIE: &str = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";

/// The largest answer is the schema, in bytes.
const LARGEST_MESSAGE: usize = 64 * 1024 * 1024;

/// The certificate and the key of a client.
pub struct Identity {
    pub certificate: CertificateDer<'static>,
    pub pem: String,
    pub key: Vec<u8>,
}

impl Identity {
    /// A new certificate with a new key.
    #[allow(clippy::new_without_default, reason = "no two of them are the same")]
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
    #[must_use]
    pub fn with_key_of(mut self, other: &Self) -> Self {
        self.key.clone_from(&other.key);
        self
    }

    /// The environment in which Terraform starts a plugin for this client.
    pub fn environment(&self) -> [(&'static str, &str); 3] {
        [
            ("TF_PLUGIN_MAGIC_COOKIE", COOKIE),
            ("PLUGIN_PROTOCOL_VERSIONS", "5,6"),
            ("PLUGIN_CLIENT_CERT", &self.pem),
        ]
    }
}

/// A connection to a plugin.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// The line that a plugin writes to standard output when it listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handshake {
    /// `unix` or `tcp`.
    pub network: String,
    /// Path of the socket, or address and port.
    pub address: String,
    /// The certificate that the plugin will show.
    pub certificate: CertificateDer<'static>,
}

impl Handshake {
    /// Reads the line; `None` when it is not one of protocol 6 over gRPC.
    pub fn parse(line: &str) -> Option<Self> {
        let parts: Vec<&str> = line.trim_end().split('|').collect();
        let ["1", "6", network, address, "grpc", certificate] = parts[..] else {
            return None;
        };
        Some(Self {
            network: network.to_owned(),
            address: address.to_owned(),
            certificate: STANDARD_NO_PAD.decode(certificate).ok()?.into(),
        })
    }

    /// The path of the socket.
    pub fn socket(&self) -> PathBuf {
        assert_eq!(self.network, "unix");
        PathBuf::from(&self.address)
    }

    /// The port on loopback.
    pub fn port(&self) -> u16 {
        assert_eq!(self.network, "tcp");
        self.address.strip_prefix("127.0.0.1:").unwrap().parse().unwrap()
    }

    /// A connection without TLS.
    pub async fn connect(&self) -> std::io::Result<Box<dyn Stream>> {
        Ok(if self.network == "tcp" {
            Box::new(TcpStream::connect(("127.0.0.1", self.port())).await?)
        } else {
            Box::new(UnixStream::connect(self.socket()).await?)
        })
    }

    /// A TLS connection as `client`, or without a client certificate.
    pub async fn tls(&self, client: Option<&Identity>) -> std::io::Result<TlsStream<Box<dyn Stream>>> {
        let stream = self.connect().await?;
        let provider = Arc::new(ring::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .unwrap()
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(OnlyThis {
                server: self.certificate.clone(),
                provider,
            }));
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

    /// A gRPC channel as `client`, or without a client certificate.
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
}

/// Calls a plugin that runs as another process.
pub struct GrpcClient {
    channel: Channel,
}

impl GrpcClient {
    /// Connects with the certificate that the plugin expects.
    pub async fn connect(handshake: &Handshake, identity: &Identity) -> Self {
        Self {
            channel: handshake.channel(Some(identity)).await.unwrap(),
        }
    }

    /// Calls a unary method of the provider.
    pub async fn call<Req, Res>(&self, method: &str, request: Req) -> Result<Res, Status>
    where
        Req: Message + Default + 'static,
        Res: Message + Default + 'static,
    {
        let mut grpc = Grpc::new(self.channel.clone()).max_decoding_message_size(LARGEST_MESSAGE);
        grpc.ready()
            .await
            .map_err(|error| Status::unavailable(error.to_string()))?;
        let path = PathAndQuery::try_from(format!("/tfplugin6.Provider/{method}")).unwrap();
        let codec = ProstCodec::<Req, Res>::default();
        let answer = grpc.unary(Request::new(request), path, codec).await;
        answer.map(tonic::Response::into_inner)
    }
}

/// Accepts the one certificate that the handshake named.
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
