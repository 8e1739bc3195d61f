//! The plugin serves only the program that started it.

use terraform_plugin::protocol6::wire;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::{
    client::Client,
    plugin::{Identity, Plugin, Start},
};

/// Returns `true` if a client with this certificate gets a response.
async fn is_answered(plugin: &Plugin, client: Option<&Identity>) -> bool {
    let Ok(channel) = plugin.channel(client).await else {
        return false;
    };
    let answer: Result<wire::GetMetadataResponse, _> = Client::new(channel).call("GetMetadata", wire::Empty {}).await;
    answer.is_ok()
}

#[tokio::test]
async fn only_the_client_of_the_handshake_is_served() {
    let plugin = Plugin::start().await;
    assert!(!is_answered(&plugin, None).await, "without a certificate");
    assert!(
        !is_answered(&plugin, Some(&Identity::new())).await,
        "with another certificate"
    );
    let stolen = Identity {
        certificate: plugin.identity.certificate.clone(),
        ..Identity::new()
    };
    assert!(
        !is_answered(&plugin, Some(&stolen)).await,
        "with the certificate but not its key"
    );
    assert!(is_answered(&plugin, Some(&plugin.identity)).await);
}

#[tokio::test]
async fn a_certificate_with_the_same_name_is_refused() {
    let plugin = Plugin::start().await;
    let twin = Identity::new().with_key_of(&plugin.identity);
    assert!(!is_answered(&plugin, Some(&twin)).await);
}

#[tokio::test]
async fn the_same_holds_on_loopback() {
    let identity = Identity::new();
    let start = Start::as_plugin(&identity).set("TMPDIR", "/nowhere");
    let plugin = Plugin::start_as(start, identity).await;
    assert!(plugin.port() > 0);
    assert!(!is_answered(&plugin, None).await, "without a certificate");
    assert!(
        !is_answered(&plugin, Some(&Identity::new())).await,
        "with another certificate"
    );
    assert!(is_answered(&plugin, Some(&plugin.identity)).await);
}

#[tokio::test]
async fn a_connection_without_tls_gets_no_response() {
    let plugin = Plugin::start().await;
    let mut stream = plugin.connect().await.unwrap();
    stream
        .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00")
        .await
        .unwrap();
    let mut answer = Vec::new();
    // The server may close the connection with or without an error.
    let _ = stream.read_to_end(&mut answer).await;
    // It sends at most a TLS alert.
    assert!(answer.len() <= 7, "{answer:x?}");
    assert!(is_answered(&plugin, Some(&plugin.identity)).await);
}

/// Returns the number of files and connections that the plugin has open.
#[cfg(target_os = "linux")]
fn open_files(plugin: &Plugin) -> usize {
    let folder = format!("/proc/{}/fd", plugin.child.id().unwrap());
    std::fs::read_dir(folder).unwrap().count()
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn unfinished_handshakes_are_bounded_and_do_not_block_others() {
    let plugin = Plugin::start().await;
    let before = open_files(&plugin);
    let mut silent = Vec::new();
    for _ in 0..300 {
        silent.push(plugin.connect().await.unwrap());
    }
    assert!(is_answered(&plugin, Some(&plugin.identity)).await);
    // The oldest ones are closed by now; the rest still waits.
    for stream in &mut silent[..100] {
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        assert_eq!(answer, b"");
    }
    while open_files(&plugin) > before + 100 {
        tokio::task::yield_now().await;
    }
    assert!(is_answered(&plugin, Some(&plugin.identity)).await);
}
