//! Start, output and end of the plugin process.

use std::{os::unix::fs::PermissionsExt, time::Duration};

use rustix::process::Signal;
use terraform_plugin::protocol6::wire;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};

use crate::{
    client::Client,
    plugin::{COOKIE, Identity, Plugin, Start, binary, send},
};

/// Timeout for every operation of these tests.
const LONG: Duration = Duration::from_secs(20);

async fn in_time<T>(what: impl Future<Output = T>) -> T {
    // The time to build the program does not count.
    binary();
    tokio::time::timeout(LONG, what).await.expect("timed out")
}

#[tokio::test]
async fn the_handshake_line_has_a_socket_that_only_its_user_can_open() {
    let plugin = in_time(Plugin::start()).await;
    assert!(plugin.line.starts_with("1|6|unix|"), "{}", plugin.line);
    assert_eq!(plugin.line.matches('|').count(), 5);
    let socket = plugin.socket();
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&socket), 0o600);
    assert_eq!(mode(socket.parent().unwrap()), 0o700);
    let _: wire::Empty = plugin
        .client()
        .await
        .call_path("/plugin.GRPCController/Shutdown", wire::Empty {})
        .await
        .unwrap();
    let (status, rest) = in_time(plugin.end()).await;
    assert!(status.success());
    assert_eq!(rest, "", "only the handshake line goes to standard output");
    assert!(!socket.parent().unwrap().exists(), "the socket still exists");
}

#[tokio::test]
async fn the_socket_is_in_the_requested_directory() {
    let folder = tempfile::tempdir().unwrap();
    let identity = Identity::new();
    let start = Start::as_plugin(&identity).set("PLUGIN_UNIX_SOCKET_DIR", folder.path().to_str().unwrap());
    let plugin = in_time(Plugin::start_as(start, identity)).await;
    assert!(plugin.socket().starts_with(folder.path()));
}

#[tokio::test]
async fn without_a_unix_socket_it_listens_on_loopback() {
    // A writable directory whose path is too long for a socket.
    let folder = tempfile::tempdir().unwrap();
    let long = folder.path().join("x".repeat(100));
    std::fs::create_dir(&long).unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let first = taken.local_addr().unwrap().port();
    let last = first.saturating_add(50);
    let identity = Identity::new();
    let start = Start::as_plugin(&identity)
        .set("TMPDIR", long.to_str().unwrap())
        .set("PLUGIN_MIN_PORT", &first.to_string())
        .set("PLUGIN_MAX_PORT", &last.to_string());
    let plugin = in_time(Plugin::start_as(start, identity)).await;
    assert!(plugin.line.starts_with("1|6|tcp|127.0.0.1:"), "{}", plugin.line);
    assert!((first + 1..=last).contains(&plugin.port()), "{}", plugin.line);
    assert_eq!(std::fs::read_dir(&long).unwrap().count(), 0, "files are left behind");
    let answer: wire::GetMetadataResponse = plugin.client().await.call("GetMetadata", wire::Empty {}).await.unwrap();
    assert!(answer.server_capabilities.is_some());
}

#[tokio::test]
async fn it_refuses_to_serve_without_protection_from_other_users() {
    let start = Start::as_plugin(&Identity::new())
        .set("PLUGIN_CLIENT_CERT", "")
        .set("TMPDIR", "/nowhere");
    for start in [start, Start::by_hand().argument("-debug").set("TMPDIR", "/nowhere")] {
        let (code, out, err) = in_time(start.run()).await;
        assert_eq!((code, out.as_str()), (1, ""));
        assert!(err.contains("any user of this machine"), "{err}");
    }
}

#[tokio::test]
async fn when_run_by_hand_it_explains_itself() {
    for start in [
        Start::by_hand(),
        Start::by_hand().set("TF_PLUGIN_MAGIC_COOKIE", "wrong"),
        Start::by_hand().set("TF_PLUGIN_MAGIC_COOKIE", &COOKIE.to_uppercase()),
    ] {
        let (code, out, err) = in_time(start.run()).await;
        assert_eq!((code, out.as_str()), (1, ""));
        assert!(
            err.contains("provider example 1.2.3") && err.contains("terraform init"),
            "{err}"
        );
    }
}

#[tokio::test]
async fn a_client_with_other_protocol_versions_gets_an_error() {
    let start = Start::as_plugin(&Identity::new()).set("PLUGIN_PROTOCOL_VERSIONS", "4,5");
    let (code, out, err) = in_time(start.run()).await;
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(err.contains("plugin protocol 6"), "{err}");
}

#[tokio::test]
async fn arguments_are_version_and_debug() {
    let (code, out, _) = in_time(Start::by_hand().argument("--version").run()).await;
    assert_eq!((code, out.as_str()), (0, "terraform-provider-example 1.2.3\n"));
    let (code, _, err) = in_time(Start::by_hand().argument("--help").run()).await;
    assert_eq!(code, 1);
    assert!(err.contains("-debug"), "{err}");
}

#[tokio::test]
async fn an_invalid_client_certificate_is_an_error() {
    let start = Start::as_plugin(&Identity::new()).set("PLUGIN_CLIENT_CERT", "no certificate");
    let (code, out, err) = in_time(start.run()).await;
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(err.contains("PLUGIN_CLIENT_CERT"), "{err}");
}

#[tokio::test]
async fn an_interrupt_is_ignored_and_a_termination_ends_the_process() {
    let plugin = in_time(Plugin::start()).await;
    let client = plugin.client().await;
    let socket = plugin.socket();
    for _ in 0..3 {
        plugin.signal(Signal::INT);
        let answer: wire::GetMetadataResponse = client.call("GetMetadata", wire::Empty {}).await.unwrap();
        assert!(answer.server_capabilities.is_some());
    }
    plugin.signal(Signal::TERM);
    let (status, _) = in_time(plugin.end()).await;
    assert!(status.success());
    assert!(!socket.parent().unwrap().exists(), "the socket still exists");
}

#[tokio::test]
async fn a_closed_terminal_ends_the_process() {
    let plugin = in_time(Plugin::start()).await;
    let socket = plugin.socket();
    plugin.signal(Signal::HUP);
    let (status, _) = in_time(plugin.end()).await;
    assert!(status.success());
    assert!(!socket.parent().unwrap().exists(), "the socket still exists");
}

#[tokio::test]
async fn it_ends_with_its_parent() {
    let identity = Identity::new();
    let start = Start::as_plugin(&identity);
    let mut parent = tokio::process::Command::new("sh")
        .args(["-c", "\"$0\" & wait", binary().to_str().unwrap()])
        .envs(&start.variables)
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(parent.stdout.take().unwrap());
    let mut line = String::new();
    in_time(out.read_line(&mut line)).await.unwrap();
    parent.kill().await.unwrap();
    // The end of the process closes its standard output.
    let mut rest = String::new();
    in_time(out.read_to_string(&mut rest)).await.unwrap();
    assert_eq!(rest, "");
    let socket = line.split('|').nth(3).unwrap();
    assert!(!std::path::Path::new(socket).exists());
}

/// Waits for the socket folder in `folder`. The process creates it before it writes the handshake line.
async fn socket_folder(folder: &std::path::Path) -> std::path::PathBuf {
    loop {
        if let Some(entry) = std::fs::read_dir(folder).unwrap().next() {
            return entry.unwrap().path();
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_signal_before_the_handshake_line_leaves_no_files_behind() {
    // Repeated, because a process that registers its signal handlers too late still passes now and then.
    for kind in [Signal::HUP, Signal::TERM].repeat(12) {
        let folder = tempfile::tempdir().unwrap();
        let start = Start::as_plugin(&Identity::new()).set("PLUGIN_UNIX_SOCKET_DIR", folder.path().to_str().unwrap());
        let mut child = start.command().spawn().unwrap();
        in_time(socket_folder(folder.path())).await;
        send(child.id().unwrap(), kind);
        let status = in_time(child.wait()).await.unwrap();
        assert!(status.success(), "{kind:?}: {status}");
        assert_eq!(
            std::fs::read_dir(folder.path()).unwrap().count(),
            0,
            "{kind:?}: the socket still exists"
        );
    }
}

#[tokio::test]
async fn it_ends_if_its_parent_ends_before_the_handshake_line() {
    let folder = tempfile::tempdir().unwrap();
    let start = Start::as_plugin(&Identity::new()).set("PLUGIN_UNIX_SOCKET_DIR", folder.path().to_str().unwrap());
    let mut parent = tokio::process::Command::new("sh")
        .args(["-c", "\"$0\" & wait", binary().to_str().unwrap()])
        .envs(&start.variables)
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = parent.stdout.take().unwrap();
    in_time(socket_folder(folder.path())).await;
    parent.kill().await.unwrap();
    // The end of the process closes its standard output.
    let mut rest = String::new();
    in_time(out.read_to_string(&mut rest)).await.unwrap();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "{rest}");
}

#[tokio::test]
async fn debug_mode_prints_how_to_attach_and_serves_until_an_interrupt() {
    let mut child = Start::by_hand().argument("-debug").command().spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut text = String::new();
    while !text.contains("Press Ctrl+C") {
        assert!(in_time(out.read_line(&mut text)).await.unwrap() > 0, "{text}");
    }
    let json = text.split('\'').nth(1).unwrap();
    let reattach: serde_json::Value = serde_json::from_str(json).unwrap();
    let provider = &reattach["test/example"];
    assert_eq!(provider["Protocol"], "grpc");
    assert_eq!(provider["ProtocolVersion"], 6);
    assert_eq!(provider["Pid"], child.id().unwrap());
    let socket = provider["Addr"]["String"].as_str().unwrap().to_owned();
    let path = socket.clone();
    let channel = tonic::transport::Endpoint::from_static("http://localhost")
        .connect_with_connector(tower::service_fn(move |_| {
            let path = path.clone();
            async move {
                tokio::net::UnixStream::connect(path)
                    .await
                    .map(hyper_util::rt::TokioIo::new)
            }
        }))
        .await
        .unwrap();
    let answer: wire::GetMetadataResponse = Client::new(channel).call("GetMetadata", wire::Empty {}).await.unwrap();
    assert!(answer.server_capabilities.is_some());
    send(child.id().unwrap(), Signal::INT);
    assert!(in_time(child.wait()).await.unwrap().success());
    assert!(!std::path::Path::new(&socket).exists());
}

#[tokio::test]
async fn logs_are_json_lines_with_call_type_and_duration() {
    let identity = Identity::new();
    let start = Start::as_plugin(&identity)
        .set("TF_LOG_PROVIDER", "TRACE")
        .set("TF_LOG", "OFF");
    let mut plugin = in_time(Plugin::start_as(start, identity)).await;
    let client = plugin.client().await;
    client
        .validate(
            "example_everything",
            &crate::client::object([("name", "n".into())]),
            true,
        )
        .await;
    let faulty = crate::client::object([("fault", "panic_validate".into())]);
    client.validate("example_faulty", &faulty, true).await;
    let mut err = plugin.child.stderr.take().unwrap();
    plugin.signal(Signal::TERM);
    let mut text = String::new();
    in_time(err.read_to_string(&mut text)).await.unwrap();
    let lines: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect(line))
        .collect();
    for line in &lines {
        assert!(["trace", "debug", "info", "warn", "error"].contains(&line["@level"].as_str().unwrap()));
        assert_eq!(line["@module"], "provider.example");
        assert!(line["@timestamp"].is_string() && line["@message"].is_string());
    }
    let answered = lines
        .iter()
        .find(|line| line["tf_resource_type"] == "example_everything")
        .expect(&text);
    assert_eq!(answered["tf_rpc"], "validate_resource_config");
    assert!(answered["tf_req_id"].is_string() && answered["duration_ms"].is_number());
    assert!(
        lines
            .iter()
            .any(|line| line["@level"] == "error" && line["@message"] == "a handler panicked"),
        "{text}"
    );
}

#[tokio::test]
async fn nothing_is_logged_without_a_log_level() {
    let identity = Identity::new();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("log");
    let start = Start::as_plugin(&identity)
        .set("TF_LOG", "TRACE")
        .set("TF_LOG_PROVIDER_EXAMPLE", "off")
        .set("PLUGIN_LOG_FILE", file.to_str().unwrap());
    let mut plugin = in_time(Plugin::start_as(start, identity)).await;
    let _: wire::GetMetadataResponse = plugin.client().await.call("GetMetadata", wire::Empty {}).await.unwrap();
    let mut err = plugin.child.stderr.take().unwrap();
    plugin.signal(Signal::TERM);
    let mut text = String::new();
    in_time(err.read_to_string(&mut text)).await.unwrap();
    assert_eq!(text, "");
    assert!(!file.exists());
}
