//! The transport that uses the network.

mod failure;

use rustls::pki_types::{CertificateDer, pem::PemObject};
use std::error::Error as _;
use std::sync::Once;
use std::time::Duration;

use ::http::{Request, Response};
use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use secrecy::ExposeSecret;
use tokio::sync::OnceCell;
use tokio::time::{Instant, timeout};

use failure::{ProxyVariables, explain};

use super::conversation::Line;
use super::{AnswerLimit, Delivery, HttpOptions, HttpOptionsError, Transport, TransportError, redact_text};

/// Length of the longest answer, in bytes after decompression: 32 MiB. A longer one is an error. The longest real answers are pages
/// of 1,000 backups: about 2 MB for servers with one disk, 14 MB for servers with twenty.
pub const MAX_BODY: usize = 32 * 1024 * 1024;

/// Length of the longest body of an answer with a status of 400 and above, in bytes: 256 KiB. The rest is cut off, because the
/// status is more important than the body.
pub const MAX_ERROR_BODY: usize = 256 * 1024;

/// Headers in which the identity service issues secrets: tokens, and receipts for a second factor.
const ISSUED_IN: [&str; 2] = ["x-subject-token", "openstack-auth-receipt"];

/// Installs ring as the process's cryptography provider. May be called any number of times.
pub fn install_crypto() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // An error means that another one is installed already, which will do.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

/// Sends requests over the network: with HTTP/2 if the service supports it, reused connections, gzip, and proxies from the
/// environment.
///
/// Follows no redirects and repeats no requests. The system's certificates are read when the first request is sent, so that
/// creating a transport is cheap.
pub struct NetworkTransport {
    options: HttpOptions,
    authorities: Vec<reqwest::Certificate>,
    identity: Option<reqwest::Identity>,
    client: OnceCell<reqwest::Client>,
    limits: Limits,
}

#[derive(Debug, Clone, Copy)]
struct Limits {
    body: usize,
    error_body: usize,
}

impl NetworkTransport {
    /// A transport with these options. Nothing is connected yet.
    ///
    /// # Errors
    /// [`HttpOptionsError`] if a certificate, key or the user agent cannot be used.
    pub fn new(options: HttpOptions) -> Result<Self, HttpOptionsError> {
        install_crypto();
        let authorities = match &options.ca_pem {
            None => Vec::new(),
            Some(pem) => {
                let read = reqwest::Certificate::from_pem_bundle(pem.as_bytes())
                    .map_err(|error| HttpOptionsError::CertificateAuthority(chain(&error)))?;
                // The bundle reader only checks the PEM frame; this reads the certificates themselves.
                for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
                    certificate
                        .map_err(|error| error.to_string())
                        .and_then(|der| {
                            rustls::RootCertStore::empty()
                                .add(der)
                                .map_err(|error| error.to_string())
                        })
                        .map_err(HttpOptionsError::CertificateAuthority)?;
                }
                if read.is_empty() {
                    return Err(HttpOptionsError::CertificateAuthority(
                        "no certificate in it".to_owned(),
                    ));
                }
                read
            }
        };
        let identity = match (&options.client_cert_pem, &options.client_key_pem) {
            (None, None) => None,
            (Some(certificate), Some(key)) => {
                check_client_certificate(certificate, key)?;
                let both = secrecy::SecretString::from(format!("{}\n{}", key.expose_secret(), certificate));
                let identity = reqwest::Identity::from_pem(both.expose_secret().as_bytes())
                    .map_err(|error| HttpOptionsError::ClientCertificate(chain(&error)))?;
                Some(identity)
            }
            _ => return Err(HttpOptionsError::HalfAClientCertificate),
        };
        if ::http::HeaderValue::from_str(&options.user_agent).is_err() {
            return Err(HttpOptionsError::UserAgent);
        }
        Ok(Self {
            options,
            authorities,
            identity,
            client: OnceCell::new(),
            limits: Limits {
                body: MAX_BODY,
                error_body: MAX_ERROR_BODY,
            },
        })
    }

    async fn client(&self) -> Result<&reqwest::Client, TransportError> {
        self.client
            .get_or_try_init(|| async { self.build() })
            .await
            .map_err(|error| TransportError {
                delivery: Delivery::NotSent,
                message: format!("the HTTP client cannot be set up: {}", chain(&error)),
            })
    }

    fn build(&self) -> Result<reqwest::Client, reqwest::Error> {
        // A machine without a certificate store can still use plain HTTP, and HTTPS then fails by itself.
        self.builder(false).build().or_else(|error| {
            tracing::debug!(error = %chain(&error), "the system's certificates cannot be read");
            self.builder(true).build()
        })
    }

    fn builder(&self, without_system_store: bool) -> reqwest::ClientBuilder {
        let mut builder = reqwest::Client::builder()
            .user_agent(self.options.user_agent.clone())
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .gzip(true)
            .connect_timeout(self.options.connect_timeout)
            .tcp_nodelay(true)
            .pool_idle_timeout(Duration::from_secs(30))
            .http2_keep_alive_interval(Duration::from_secs(20))
            .http2_adaptive_window(true);
        if self.options.insecure {
            builder = builder.tls_danger_accept_invalid_certs(true);
        }
        builder = if without_system_store {
            builder.tls_certs_only(self.authorities.clone())
        } else {
            builder.tls_certs_merge(self.authorities.clone())
        };
        if let Some(identity) = &self.identity {
            builder = builder.identity(identity.clone());
        }
        builder
    }

    async fn exchange(&self, request: Request<Bytes>, answered: &mut bool) -> Result<Response<Bytes>, TransportError> {
        let most = request
            .extensions()
            .get::<AnswerLimit>()
            .map_or(usize::MAX, |limit| limit.0);
        let request = reqwest::Request::try_from(request).map_err(|error| before(&error))?;
        let client = self.client().await?;
        let response = client.execute(request).await.map_err(|error| before(&error))?;
        *answered = true;
        let failed = response.status().is_client_error() || response.status().is_server_error();
        let limit = if failed {
            self.limits.error_body
        } else {
            self.limits.body.min(most)
        };
        let mut parts = ::http::Response::new(());
        *parts.status_mut() = response.status();
        *parts.version_mut() = response.version();
        *parts.headers_mut() = response.headers().clone();
        // Secrets are registered before any part of the answer is logged.
        for name in ISSUED_IN {
            let issued = response.headers().get_all(name).iter();
            for secret in issued.filter_map(|value| value.to_str().ok()) {
                self.options.secrets.issued(secret);
            }
        }
        let body = read(response, limit, failed).await?;
        Ok(parts.map(|()| body))
    }
}

/// Checks a client certificate now; reqwest and rustls would check it only when the first request is sent.
fn check_client_certificate(certificate: &str, key: &secrecy::SecretString) -> Result<(), HttpOptionsError> {
    use rustls::pki_types::PrivateKeyDer;
    let certificates: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(certificate.as_bytes())
        .collect::<Result<_, _>>()
        .map_err(|_| HttpOptionsError::ClientCertificate("its PEM text is damaged".to_owned()))?;
    if certificates.is_empty() {
        return Err(HttpOptionsError::ClientCertificate("no certificate in it".to_owned()));
    }
    let text = key.expose_secret();
    // The errors of the PEM reader quote lines, which are secret here.
    let key = PrivateKeyDer::from_pem_slice(text.as_bytes()).map_err(|_| {
        HttpOptionsError::ClientKey(match text.contains("ENCRYPTED") {
            true => "it is encrypted with a passphrase. Decrypt it, for example with `openssl pkey`",
            false => "there is no private key in it, or its PEM text is damaged",
        })
    })?;
    let provider = rustls::crypto::ring::default_provider();
    match rustls::sign::CertifiedKey::from_der(certificates, key, &provider) {
        Ok(_) => Ok(()),
        Err(rustls::Error::InconsistentKeys(_)) => Err(HttpOptionsError::ClientKey(
            "it is not the key of the client certificate",
        )),
        Err(rustls::Error::InvalidCertificate(error)) => Err(HttpOptionsError::ClientCertificate(format!("{error:?}"))),
        Err(_) => Err(HttpOptionsError::ClientKey(
            "it is damaged, or of a kind that is not supported. Supported are RSA, ECDSA (P-256, P-384) and Ed25519",
        )),
    }
}

async fn read(mut response: reqwest::Response, limit: usize, cut: bool) -> Result<Bytes, TransportError> {
    let mut body = BytesMut::new();
    loop {
        match response.chunk().await {
            Ok(None) => return Ok(body.freeze()),
            Ok(Some(chunk)) if body.len() + chunk.len() <= limit => {
                make_room(&mut body, chunk.len(), limit);
                body.extend_from_slice(&chunk);
            }
            Ok(Some(chunk)) if cut => {
                let room = limit - body.len();
                body.extend_from_slice(chunk.get(..room).unwrap_or_default());
                return Ok(body.freeze());
            }
            Ok(Some(_)) => return Err(TransportError::too_long(limit)),
            // The status of a refusal counts, even if its body is lost on the way.
            Err(_) if cut => return Ok(body.freeze()),
            Err(error) => {
                return Err(TransportError {
                    delivery: Delivery::Answered,
                    message: format!("the answer broke off: {}", chain(&error.without_url())),
                });
            }
        }
    }
}

/// Makes room for `more` bytes: doubles the capacity, up to `limit`.
fn make_room(body: &mut BytesMut, more: usize, limit: usize) {
    let needed = body.len() + more;
    if needed > body.capacity() {
        let mut larger = BytesMut::with_capacity(needed.max(2 * body.capacity()).min(limit.max(needed)));
        larger.extend_from_slice(body);
        *body = larger;
    }
}

/// Converts an error that came before the head of the answer.
fn before(error: &reqwest::Error) -> TransportError {
    // Certain are only these: the request was not built, or no connection (TCP, proxy, TLS) was made.
    let delivery = if error.is_builder() || error.is_connect() {
        Delivery::NotSent
    } else {
        Delivery::Unknown
    };
    // Host and port name the service that does not answer, which an operator needs first.
    let at = error
        .url()
        .and_then(|url| Some((url.host_str()?, url.port_or_known_default()?)));
    let at = at.map(|(host, port)| format!("{host}:{port}: ")).unwrap_or_default();
    let mut message = format!("{at}{}", chain(error));
    if delivery == Delivery::NotSent {
        let proxy = error
            .url()
            .and_then(|url| ProxyVariables::of_process().describe(url.as_str()));
        let explanations = [explain(&message).map(str::to_owned), proxy];
        for explanation in explanations.into_iter().flatten() {
            message.push_str(". ");
            message.push_str(&explanation);
        }
    }
    TransportError { delivery, message }
}

/// Returns an error and its causes in one line, without the URL.
fn chain(error: &reqwest::Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        if !parts.iter().any(|part| part.contains(&text)) {
            parts.push(text);
        }
        source = cause.source();
    }
    if parts.is_empty() {
        let own = error.to_string();
        // reqwest's text ends in the URL, which the log line and the diagnostic already have.
        parts.push(own.split(" for url").next().unwrap_or_default().to_owned());
    }
    redact_text(&parts.join(": "))
}

#[async_trait]
impl Transport for NetworkTransport {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let line = Line::open(&request);
        let begun = Instant::now();
        let mut answered = false;
        let outcome = match timeout(self.options.timeout, self.exchange(request, &mut answered)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(TransportError {
                delivery: if answered {
                    Delivery::Answered
                } else {
                    Delivery::Unknown
                },
                message: format!(
                    "{} within {} s",
                    if answered {
                        "the answer did not end"
                    } else {
                        "no answer came"
                    },
                    self.options.timeout.as_secs_f64()
                ),
            }),
        };
        line.close(&outcome, begun.elapsed());
        outcome
    }
}

#[cfg(test)]
mod tests;
