//! The transport against listeners on the loopback interface.

use super::*;
use crate::http::captured_log::CapturedLog;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// The answer of a listener to a connection, after it has read the head of the request.
type Handler = Arc<dyn Fn(TcpStream, usize) -> tokio::task::JoinHandle<()> + Send + Sync>;

async fn listen(handler: Handler) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let count = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&count);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let number = seen.fetch_add(1, Ordering::SeqCst);
            let handler = Arc::clone(&handler);
            tokio::spawn(async move {
                let mut head = Vec::new();
                let mut buffer = [0; 1024];
                while !head.windows(4).any(|window| window == b"\r\n\r\n") {
                    match stream.read(&mut buffer).await {
                        Ok(0) | Err(_) => return,
                        Ok(length) => head.extend_from_slice(&buffer[..length]),
                    }
                }
                let _ = handler(stream, number).await;
            });
        }
    });
    (url, count)
}

fn answer(text: &'static str) -> Handler {
    Arc::new(move |mut stream, _| {
        tokio::spawn(async move {
            let _ = stream.write_all(text.as_bytes()).await;
            let _ = stream.shutdown().await;
        })
    })
}

fn transport(options: HttpOptions) -> NetworkTransport {
    NetworkTransport::new(options).unwrap()
}

fn quick() -> HttpOptions {
    HttpOptions {
        connect_timeout: Duration::from_millis(500),
        timeout: Duration::from_millis(700),
        ..HttpOptions::default()
    }
}

fn get(url: &str) -> Request<Bytes> {
    Request::get(url).body(Bytes::new()).unwrap()
}

fn post(url: &str) -> Request<Bytes> {
    Request::post(url).body(Bytes::from_static(b"{}")).unwrap()
}

#[tokio::test]
async fn no_redirect_is_followed() {
    let (elsewhere, elsewhere_count) = listen(answer("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")).await;
    for status in [300, 301, 302, 303, 307, 308] {
        for method in ["GET", "POST", "PUT", "DELETE"] {
            let text = format!("HTTP/1.1 {status} Elsewhere\r\nlocation: {elsewhere}\r\ncontent-length: 0\r\n\r\n");
            let (url, _) = listen(answer(Box::leak(text.into_boxed_str()))).await;
            let request = Request::builder()
                .method(method)
                .uri(&url)
                .header("x-auth-token", "hunter2")
                .body(Bytes::from_static(b"{}"))
                .unwrap();
            let response = transport(HttpOptions::default()).send(request).await.unwrap();
            assert_eq!(response.status(), status, "{method}");
        }
    }
    assert_eq!(elsewhere_count.load(Ordering::SeqCst), 0);
}

/// Writes a head and then the same bytes repeatedly, and counts them.
fn without_end(head: &'static [u8], more: Vec<u8>) -> (Handler, Arc<AtomicUsize>) {
    let written = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&written);
    let handler: Handler = Arc::new(move |mut stream, _| {
        let (more, written) = (more.clone(), Arc::clone(&written));
        tokio::spawn(async move {
            let _ = stream.write_all(head).await;
            while stream.write_all(&more).await.is_ok() {
                written.fetch_add(more.len(), Ordering::SeqCst);
            }
        })
    });
    (handler, count)
}

#[tokio::test]
async fn after_an_endless_head_the_delivery_is_unknown() {
    let cases: [(&[u8], Vec<u8>); 3] = [
        (b"HTTP/1.1 200 OK\r\nx-long: ", vec![b'x'; 4096]),
        (b"HTTP/1.1 200 OK\r\n", b"x-many: x\r\n".repeat(400)),
        (b"", vec![b'x'; 4096]),
    ];
    for (head, more) in cases {
        let (handler, written) = without_end(head, more);
        let (url, _) = listen(handler).await;
        let error = transport(HttpOptions::default()).send(post(&url)).await.unwrap_err();
        assert_eq!(error.delivery, Delivery::Unknown, "{error}");
        // The buffers of the sockets come on top of what was read.
        let written = written.load(Ordering::SeqCst);
        assert!(written < 16 * 1024 * 1024, "{written} bytes were taken");
    }
}

#[tokio::test]
async fn interim_answers_end_at_the_total_timeout() {
    let (handler, _) = without_end(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n".to_vec());
    let (url, _) = listen(handler).await;
    let error = transport(quick()).send(post(&url)).await.unwrap_err();
    assert_eq!(error.delivery, Delivery::Unknown, "{error}");
}

/// 256 MiB of zeros, compressed.
fn bomb() -> Vec<u8> {
    use std::io::Write;
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let zeros = vec![0; 1024 * 1024];
    for _ in 0..256 {
        packed.write_all(&zeros).unwrap();
    }
    packed.finish().unwrap()
}

#[tokio::test]
async fn a_body_that_decompresses_to_too_much_is_cut_off() {
    let packed = bomb();
    assert!(packed.len() < 4 * 1024 * 1024, "{}", packed.len());
    let handler: Handler = Arc::new(move |mut stream, number| {
        let packed = packed.clone();
        tokio::spawn(async move {
            let status = if number == 0 { "200 OK" } else { "502 Bad Gateway" };
            let head = format!(
                "HTTP/1.1 {status}\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
                packed.len()
            );
            let _ = stream.write_all(head.as_bytes()).await;
            let _ = stream.write_all(&packed).await;
        })
    });
    let (url, _) = listen(handler).await;
    let mut transport = transport(HttpOptions::default());
    transport.limits.body = 1024 * 1024;
    let error = transport.send(post(&url)).await.unwrap_err();
    assert_eq!(error.delivery, Delivery::Answered, "{error}");
    assert!(error.message.contains("longer than 1048576 bytes"), "{error}");
    let response = transport.send(get(&url)).await.unwrap();
    assert_eq!(
        (response.status().as_u16(), response.body().len()),
        (502, MAX_ERROR_BODY)
    );
}

#[tokio::test]
async fn without_a_listener_the_request_is_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = transport(HttpOptions::default()).send(post(&url)).await.unwrap_err();
    assert_eq!(error.delivery, Delivery::NotSent, "{error}");
}

#[tokio::test]
async fn to_an_unknown_host_the_request_is_not_sent() {
    let error = transport(HttpOptions::default())
        .send(post("http://no-such-host.invalid/"))
        .await
        .unwrap_err();
    assert_eq!(error.delivery, Delivery::NotSent, "{error}");
}

#[tokio::test]
async fn after_a_failed_tls_handshake_the_request_is_not_sent() {
    let (url, _) = listen(answer("HTTP/1.1 400 Bad Request\r\n\r\n")).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(b"this is no TLS\r\n\r\n").await;
        }
    });
    drop(url);
    let error = transport(HttpOptions::default())
        .send(post(&format!("https://{address}/")))
        .await
        .unwrap_err();
    assert_eq!(error.delivery, Delivery::NotSent, "{error}");
    assert!(error.message.contains("The port does not speak TLS"), "{error}");
}

#[tokio::test]
async fn during_a_tls_handshake_that_hangs_the_request_is_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut silent = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            silent.push(stream);
        }
    });
    let options = HttpOptions {
        connect_timeout: Duration::from_millis(300),
        ..HttpOptions::default()
    };
    let error = transport(options)
        .send(post(&format!("https://{address}/")))
        .await
        .unwrap_err();
    assert_eq!(error.delivery, Delivery::NotSent, "{error}");
}

#[tokio::test]
async fn after_a_reset_the_delivery_is_unknown() {
    let (url, count) = listen(Arc::new(|stream, _| {
        tokio::spawn(async move {
            stream.set_zero_linger().unwrap();
            drop(stream);
        })
    }))
    .await;
    let error = transport(HttpOptions::default()).send(post(&url)).await.unwrap_err();
    assert_eq!(error.delivery, Delivery::Unknown, "{error}");
    assert_eq!(count.load(Ordering::SeqCst), 1, "a transport repeats nothing");
}

#[tokio::test]
async fn after_a_timeout_the_delivery_is_unknown() {
    let (url, _) = listen(Arc::new(|stream, _| {
        tokio::spawn(async move {
            std::future::pending::<()>().await;
            drop(stream);
        })
    }))
    .await;
    let error = transport(quick()).send(post(&url)).await.unwrap_err();
    assert_eq!(error.delivery, Delivery::Unknown, "{error}");
    assert!(error.message.contains("0.7 s"), "{error}");
}

#[tokio::test]
async fn a_slow_answer_ends_at_the_total_timeout() {
    let (url, _) = listen(Arc::new(|mut stream, _| {
        tokio::spawn(async move {
            let _ = stream
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
                .await;
            while stream.write_all(b"x").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
    }))
    .await;
    let error = transport(quick()).send(post(&url)).await.unwrap_err();
    assert_eq!(error.delivery, Delivery::Answered, "{error}");
}

#[tokio::test]
async fn a_truncated_answer_counts_as_answered() {
    let (url, _) = listen(answer("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"checkpoint\":")).await;
    let error = transport(HttpOptions::default()).send(post(&url)).await.unwrap_err();
    assert_eq!(error.delivery, Delivery::Answered, "{error}");
}

#[tokio::test]
async fn a_truncated_refusal_keeps_its_status() {
    let (url, _) = listen(answer("HTTP/1.1 503 Unavailable\r\ncontent-length: 100\r\n\r\n<html>")).await;
    let response = transport(HttpOptions::default()).send(post(&url)).await.unwrap();
    assert_eq!(response.status(), 503);
    assert_eq!(&response.body()[..], b"<html>");
}

#[tokio::test]
async fn an_endless_answer_is_cut_off() {
    let endless: Handler = Arc::new(|mut stream, number| {
        tokio::spawn(async move {
            let head: &[u8] = if number == 0 {
                b"HTTP/1.1 200 OK\r\n\r\n"
            } else {
                b"HTTP/1.1 500 Error\r\n\r\n"
            };
            let _ = stream.write_all(head).await;
            while stream.write_all(&[b'x'; 4096]).await.is_ok() {}
        })
    });
    let (url, _) = listen(endless).await;
    let mut transport = transport(HttpOptions::default());
    transport.limits = Limits {
        body: 100_000,
        error_body: 5_000,
    };
    let error = transport.send(get(&url)).await.unwrap_err();
    assert_eq!(error.delivery, Delivery::Answered, "{error}");
    let response = transport.send(get(&url)).await.unwrap();
    assert_eq!(response.status(), 500);
    assert_eq!(response.body().len(), 5_000);
}

/// An answer whose body comes in these chunks, and then breaks off if `breaks_off`.
fn in_chunks(chunks: &[&'static [u8]], breaks_off: bool) -> reqwest::Response {
    let mut frames: Vec<Result<_, std::io::Error>> = chunks
        .iter()
        .map(|chunk| Ok(http_body::Frame::data(Bytes::from_static(chunk))))
        .collect();
    if breaks_off {
        frames.push(Err(std::io::ErrorKind::ConnectionReset.into()));
    }
    let body = http_body_util::StreamBody::new(futures_util::stream::iter(frames));
    Response::new(reqwest::Body::wrap(body)).into()
}

#[tokio::test]
async fn a_body_is_read_up_to_its_limit() {
    install_crypto();
    let chunks: [&[u8]; 3] = [b"one", b"two", b"three"];
    for (limit, is_refusal, expected) in [
        // Of a refusal the beginning is enough.
        (11, true, Some("onetwothree")),
        (10, true, Some("onetwothre")),
        (7, true, Some("onetwot")),
        (6, true, Some("onetwo")),
        (2, true, Some("on")),
        (11, false, Some("onetwothree")),
        (10, false, None),
        (2, false, None),
    ] {
        match (read(in_chunks(&chunks, false), limit, is_refusal).await, expected) {
            (Ok(body), Some(expected)) => assert_eq!(body, expected, "{limit}"),
            (Err(error), None) => {
                assert_eq!(error.delivery, Delivery::Answered);
                assert!(
                    error.is_too_long() && error.message.contains(&format!("{limit} bytes")),
                    "{error}"
                );
            }
            (outcome, _) => panic!("{limit} {is_refusal}: {outcome:?}"),
        }
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_is_an_error_only_after_a_success_status() {
    install_crypto();
    let refusal = read(in_chunks(&[b"<html>"], true), 100, true).await.unwrap();
    assert_eq!(refusal, "<html>");
    let error = read(in_chunks(&[b"{"], true), 100, false).await.unwrap_err();
    assert_eq!(error.delivery, Delivery::Answered);
    assert!(error.message.contains("broke off") && !error.is_too_long(), "{error}");
}

#[test]
fn a_body_takes_at_most_twice_its_length_and_no_more_than_its_limit() {
    // Length and capacity before, further bytes, limit, and capacity after.
    for (length, capacity, more, limit, expected) in [
        (0, 0, 10, 100, 10),
        (10, 10, 5, 100, 20),
        (10, 10, 30, 100, 40),
        (60, 60, 10, 100, 100),
        (60, 60, 40, 100, 100),
        // There is room already.
        (10, 20, 10, 100, 20),
        (10, 20, 5, 100, 20),
    ] {
        let mut body = BytesMut::with_capacity(capacity);
        body.extend_from_slice(&vec![b'x'; length]);
        let address = body.as_ptr();
        make_room(&mut body, more, limit);
        assert_eq!((body.len(), body.capacity()), (length, expected), "{length} + {more}");
        assert!(body.iter().all(|byte| *byte == b'x'));
        assert_eq!(body.as_ptr() == address, capacity == expected, "{length} + {more}");
    }
}

#[test]
fn the_longest_bodies_are_those_of_the_documentation() {
    assert_eq!((MAX_BODY, MAX_ERROR_BODY), (33_554_432, 262_144));
}

#[tokio::test]
async fn a_call_can_allow_less_than_the_longest_body() {
    let (url, _) = listen(answer("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n0123456789")).await;
    for (limit, is_too_long) in [(10, false), (9, true)] {
        let mut request = get(&url);
        request.extensions_mut().insert(AnswerLimit(limit));
        match transport(HttpOptions::default()).send(request).await {
            Ok(response) => assert!(!is_too_long && response.body().len() == 10),
            Err(error) => assert!(is_too_long && error.is_too_long(), "{error}"),
        }
    }
}

#[tokio::test]
async fn issued_tokens_become_secrets_before_the_answer_is_read() {
    let (url, _) = listen(answer(
        "HTTP/1.1 201 Created\r\nx-subject-token: issued-token-1\r\nx-subject-token: issued-token-2\r\n\
         openstack-auth-receipt: issued-receipt\r\nx-other: no-secret-at-all\r\ncontent-length: 100\r\n\r\n{",
    ))
    .await;
    let options = HttpOptions::default();
    let secrets = options.secrets.clone();
    // The body breaks off, and the tokens are known nevertheless.
    transport(options).send(get(&url)).await.unwrap_err();
    for issued in ["issued-token-1", "issued-token-2", "issued-receipt"] {
        assert_eq!(secrets.shown(issued), "[removed]");
    }
    assert_eq!(secrets.shown("no-secret-at-all"), "no-secret-at-all");
}

/// Set for the test below when it runs in its own process.
const IN_OWN_PROCESS: &str = "OTC_CLIENT_TEST_IN_OWN_PROCESS";

#[tokio::test]
async fn a_machine_without_a_certificate_store_can_use_plain_http() {
    if std::env::var_os(IN_OWN_PROCESS).is_none() {
        let this = "http::network::tests::a_machine_without_a_certificate_store_can_use_plain_http";
        let output = tokio::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", this, "--nocapture"])
            .env(IN_OWN_PROCESS, "1")
            .env("SSL_CERT_FILE", "/nonexistent")
            .env("SSL_CERT_DIR", "/nonexistent")
            .output()
            .await
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && text.contains("1 passed"), "{output:?}");
        return;
    }
    let (url, _) = listen(answer("HTTP/1.1 204 No Content\r\n\r\n")).await;
    let (certificate, key) = client_certificate();
    let with_identity = || HttpOptions {
        client_cert_pem: Some(certificate.clone()),
        client_key_pem: Some(key.clone().into()),
        ..HttpOptions::default()
    };
    let insecure = || HttpOptions {
        insecure: true,
        ..HttpOptions::default()
    };
    for options in [HttpOptions::default(), with_identity(), insecure()] {
        assert_eq!(transport(options).send(get(&url)).await.unwrap().status(), 204);
    }
    let (url, authority) = tls_server().await;
    for options in [HttpOptions::default(), with_identity()] {
        let error = transport(options).send(post(&url)).await.unwrap_err();
        assert_eq!(error.delivery, Delivery::NotSent, "{error}");
        assert!(error.message.contains("set cacert_file (OS_CACERT)"), "{error}");
    }
    let trusting = HttpOptions {
        ca_pem: Some(authority),
        ..HttpOptions::default()
    };
    for options in [trusting, insecure()] {
        assert_eq!(transport(options).send(post(&url)).await.unwrap().status(), 204);
    }
}

#[tokio::test]
async fn connections_are_reused() {
    let (url, count) = listen(Arc::new(|mut stream, _| {
        tokio::spawn(async move {
            let ok = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
            let _ = stream.write_all(ok).await;
            let mut buffer = [0; 1024];
            while matches!(stream.read(&mut buffer).await, Ok(length) if length > 0) {
                let _ = stream.write_all(ok).await;
            }
        })
    }))
    .await;
    let transport = transport(HttpOptions::default());
    for _ in 0..5 {
        assert_eq!(transport.send(get(&url)).await.unwrap().status(), 200);
    }
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[test]
fn invalid_certificates_are_refused_at_once() {
    let with = |change: &dyn Fn(&mut HttpOptions)| {
        let mut options = HttpOptions::default();
        change(&mut options);
        NetworkTransport::new(options).err()
    };
    assert!(matches!(
        with(&|options| options.ca_pem = Some("no PEM".to_owned())),
        Some(HttpOptionsError::CertificateAuthority(_))
    ));
    assert!(matches!(
        with(&|options| options.ca_pem =
            Some("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_owned())),
        Some(HttpOptionsError::CertificateAuthority(_))
    ));
    assert_eq!(
        with(&|options| options.client_cert_pem = Some("x".to_owned())),
        Some(HttpOptionsError::HalfAClientCertificate)
    );
    assert!(matches!(
        with(&|options| {
            options.client_cert_pem = Some("x".to_owned());
            options.client_key_pem = Some("y".into());
        }),
        Some(HttpOptionsError::ClientCertificate(_))
    ));
    let (certificate, key) = client_certificate();
    let (_, other) = client_certificate();
    let damaged = key.replacen("\nM", "\n!", 1);
    let encrypted = key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    let emptied = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n".to_owned();
    for (key, words) in [
        ("y".to_owned(), "no private key"),
        (certificate.clone(), "no private key"),
        (damaged, "damaged"),
        (emptied, "damaged"),
        (encrypted, "encrypted"),
        (other, "not the key of the client certificate"),
    ] {
        let refused = with(&|options| {
            options.client_cert_pem = Some(certificate.clone());
            options.client_key_pem = Some(key.clone().into());
        });
        let Some(HttpOptionsError::ClientKey(reason)) = refused else {
            panic!("{words}: {refused:?}");
        };
        assert!(reason.contains(words), "{reason}");
    }
    let works = with(&|options| {
        options.client_cert_pem = Some(certificate.clone());
        options.client_key_pem = Some(key.clone().into());
    });
    assert_eq!(works, None);
    assert_eq!(
        with(&|options| options.user_agent = "a\nb".to_owned()),
        Some(HttpOptionsError::UserAgent)
    );
}

/// A client certificate and its key, PEM.
fn client_certificate() -> (String, String) {
    let key = rcgen::KeyPair::generate().unwrap();
    let parameters = rcgen::CertificateParams::new(vec!["client".to_owned()]).unwrap();
    (parameters.self_signed(&key).unwrap().pem(), key.serialize_pem())
}

/// A server on the loopback interface, and the certificate of the authority that issued its certificate.
async fn tls_server() -> (String, String) {
    let authority_key = rcgen::KeyPair::generate().unwrap();
    let mut parameters = rcgen::CertificateParams::new(Vec::new()).unwrap();
    parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let authority = parameters.self_signed(&authority_key).unwrap();
    let issuer = rcgen::Issuer::new(parameters, authority_key);
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(vec!["localhost".to_owned()])
        .unwrap()
        .signed_by(&key, &issuer)
        .unwrap();
    (serve_tls(&certificate, &key).await, authority.pem())
}

/// The URL of a server with this certificate.
async fn serve_tls(certificate: &rcgen::Certificate, key: &rcgen::KeyPair) -> String {
    install_crypto();
    let config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            rustls::pki_types::PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}/", listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else {
                    return;
                };
                let mut buffer = [0; 1024];
                let _ = stream.read(&mut buffer).await;
                let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await;
                let _ = stream.shutdown().await;
            });
        }
    });
    url
}

#[tokio::test]
async fn the_certificate_of_an_authority_used_for_a_server_is_explained() {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut parameters = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let certificate = parameters.self_signed(&key).unwrap();
    let url = serve_tls(&certificate, &key).await;
    for ca_pem in [Some(certificate.pem()), None] {
        let trusts_it = ca_pem.is_some();
        let options = HttpOptions {
            ca_pem,
            ..HttpOptions::default()
        };
        let error = transport(options).send(post(&url)).await.unwrap_err();
        assert_eq!(error.delivery, Delivery::NotSent, "{error}");
        let explained = error
            .message
            .contains("the certificate of a certificate authority as its own");
        assert!(
            explained || !trusts_it && error.message.contains("OS_CACERT"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_certificate_for_another_host_is_explained() {
    let (url, authority) = tls_server().await;
    let options = HttpOptions {
        ca_pem: Some(authority),
        ..HttpOptions::default()
    };
    let url = url.replace("localhost", "127.0.0.1");
    let error = transport(options).send(post(&url)).await.unwrap_err();
    assert!(error.message.contains("certificate is for another host"), "{error}");
}

#[tokio::test]
async fn an_expired_certificate_is_explained() {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut parameters = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    parameters.not_before = rcgen::date_time_ymd(2020, 1, 1);
    parameters.not_after = rcgen::date_time_ymd(2021, 1, 1);
    let certificate = parameters.self_signed(&key).unwrap();
    let url = serve_tls(&certificate, &key).await;
    let options = HttpOptions {
        ca_pem: Some(certificate.pem()),
        ..HttpOptions::default()
    };
    let error = transport(options).send(post(&url)).await.unwrap_err();
    assert_eq!(error.delivery, Delivery::NotSent, "{error}");
    assert!(error.message.contains("certificate has expired"), "{error}");
}

#[tokio::test]
async fn a_server_is_trusted_by_the_given_authority_or_on_request() {
    let (url, authority) = tls_server().await;
    let error = transport(HttpOptions::default()).send(post(&url)).await.unwrap_err();
    assert_eq!(error.delivery, Delivery::NotSent, "{error}");
    assert!(error.message.contains("set cacert_file (OS_CACERT)"), "{error}");

    let trusting = transport(HttpOptions {
        ca_pem: Some(authority),
        ..HttpOptions::default()
    });
    assert_eq!(trusting.send(post(&url)).await.unwrap().status(), 204);

    let careless = transport(HttpOptions {
        insecure: true,
        ..HttpOptions::default()
    });
    assert_eq!(careless.send(post(&url)).await.unwrap().status(), 204);
}

#[tokio::test]
async fn a_compressed_answer_is_decompressed() {
    // {"zipped":true}
    const ZIPPED: &[u8] = &[
        0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xab, 0x56, 0xaa, 0xca, 0x2c, 0x28, 0x48, 0x4d,
        0x51, 0xb2, 0x2a, 0x29, 0x2a, 0x4d, 0xad, 0x05, 0x00, 0x84, 0x28, 0xbc, 0x08, 0x0f, 0x00, 0x00, 0x00,
    ];
    let (url, _) = listen(Arc::new(|mut stream, _| {
        tokio::spawn(async move {
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
                ZIPPED.len()
            );
            let _ = stream.write_all(head.as_bytes()).await;
            let _ = stream.write_all(ZIPPED).await;
            let _ = stream.shutdown().await;
        })
    }))
    .await;
    let response = transport(HttpOptions::default()).send(get(&url)).await.unwrap();
    assert_eq!(&response.body()[..], b"{\"zipped\":true}");
}

#[tokio::test]
async fn http_2_is_used_if_the_service_supports_it() {
    install_crypto();
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(vec!["localhost".to_owned()])
        .unwrap()
        .self_signed(&key)
        .unwrap();
    let mut config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            rustls::pki_types::PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}/", listener.local_addr().unwrap().port());
    let connections = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&connections);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let stream = acceptor.accept(stream).await.unwrap();
                let service = tower::service_fn(|_| async {
                    Ok::<_, std::convert::Infallible>(Response::new(http_body_util::Full::new(Bytes::from_static(
                        b"{}",
                    ))))
                });
                let service = hyper_util::service::TowerToHyperService::new(service);
                let executor = hyper_util::rt::TokioExecutor::new();
                let io = hyper_util::rt::TokioIo::new(stream);
                let _ = hyper_util::server::conn::auto::Builder::new(executor)
                    .serve_connection(io, service)
                    .await;
            });
        }
    });
    let transport = transport(HttpOptions {
        ca_pem: Some(certificate.pem()),
        ..HttpOptions::default()
    });
    for _ in 0..3 {
        let response = transport.send(get(&url)).await.unwrap();
        assert_eq!(response.version(), ::http::Version::HTTP_2);
    }
    let transport = Arc::new(transport);
    let mut many = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (transport, url) = (Arc::clone(&transport), url.clone());
        many.spawn(async move { transport.send(get(&url)).await.unwrap().status() });
    }
    assert!(many.join_all().await.iter().all(|status| *status == 200));
    assert_eq!(connections.load(Ordering::SeqCst), 1, "requests share one connection");
}

#[tokio::test]
async fn a_body_whose_secrets_cannot_be_found_is_logged_as_its_length() {
    let (log, _guard) = CapturedLog::of_this_thread();
    let long = format!(
        "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{{\"a\":\"{}\"}}",
        "x".repeat(1024 * 1024)
    );
    let (url, _) = listen(answer(Box::leak(long.into_boxed_str()))).await;
    let form = Request::post(format!("{url}/login"))
        .body(Bytes::from_static(b"password=hunter2&name=me"))
        .unwrap();
    transport(HttpOptions::default()).send(form).await.unwrap();
    let text = log.text();
    assert!(
        !text.contains("hunter2") && !text.contains("xxxx"),
        "{} bytes",
        text.len()
    );
    for logged in ["(24 bytes that are not JSON)", "(1048584 bytes, too many to be shown)"] {
        assert!(text.contains(logged), "{logged} in {text}");
    }
}

#[tokio::test]
async fn the_log_has_everything_except_secrets() {
    let (log, _guard) = CapturedLog::of_this_thread();
    let (url, _) = listen(answer(
        "HTTP/1.1 201 Created\r\nx-subject-token: hunter2\r\nx-request-id: req-9\r\nconnection: close\r\n\r\n{\"token\":\"hunter2\",\"a\":1}",
    ))
    .await;
    let request = Request::post(format!("{url}/v3/auth/tokens"))
        .header("x-auth-token", "hunter2")
        .header("authorization", "SDK-HMAC-SHA256 Signature=hunter2")
        .extension(crate::http::Operation("sign_in"))
        .body(Bytes::from_static(br#"{"user":{"name":"me","password":"hunter2"}}"#))
        .unwrap();
    transport(HttpOptions::default()).send(request).await.unwrap();
    let text = log.text();
    assert!(!text.contains("hunter2"), "{text}");
    for logged in ["sign_in", "201", "req-9", "\"me\"", "/v3/auth/tokens", "took_ms"] {
        assert!(text.contains(logged), "{logged} in {text}");
    }
}
