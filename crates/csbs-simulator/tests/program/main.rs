//! The program: its output, its address, its end.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{process::Stdio, time::Duration};

use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    process::{Child, Command},
};

fn start(arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_csbs-simulator"))
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), what)
        .await
        .expect("it takes too long")
}

#[tokio::test]
async fn it_prints_its_address_and_ends_on_a_signal() {
    let folder = std::env::temp_dir().join(format!("csbs-simulator-{}", std::process::id()));
    let port_file = folder.join("port");
    std::fs::create_dir_all(&folder).unwrap();
    let mut child = start(&[
        "--port-file",
        port_file.to_str().unwrap(),
        "--user",
        "me",
        "--server",
        "my-server",
    ]);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = soon(lines.next_line()).await.unwrap().unwrap();
    let port = std::fs::read_to_string(&port_file).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(
        line.contains(&format!(
            "OS_AUTH_URL=http://127.0.0.1:{port}/v3 OS_USERNAME=me OS_PASSWORD=demo"
        )),
        "{line}"
    );

    let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).await.unwrap();
    let request = "GET /_admin/state HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    soon(stream.read_to_string(&mut answer)).await.unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 200 OK") && answer.contains("my-server"),
        "{answer}"
    );

    let id = Pid::from_raw(child.id().unwrap().try_into().unwrap()).unwrap();
    kill_process(id, Signal::TERM).unwrap();
    assert!(soon(child.wait()).await.unwrap().success());
}

#[tokio::test]
async fn it_refuses_unsupported_options() {
    for (arguments, code, text) in [
        (&["--listen", "0.0.0.0:0"][..], 1, "loopback"),
        (&["--nonsense"], 2, "Usage"),
        (&["--speed", "-1"], 2, "--speed"),
    ] {
        let output = soon(start(arguments).wait_with_output()).await.unwrap();
        assert_eq!(output.status.code(), Some(code));
        assert!(String::from_utf8_lossy(&output.stderr).contains(text));
    }
    let output = soon(start(&["--help"]).wait_with_output()).await.unwrap();
    assert!(output.status.success() && String::from_utf8_lossy(&output.stdout).contains("--step-per-request"));
}
