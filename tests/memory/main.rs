//! Memory used for hostile responses: the real client and transport against a server that sends gzip bombs.
//!
//! Everything runs on one thread, whose allocations are counted: the figures are the peak of what was allocated at once, the
//! server's own part included.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::{fmt::Write as _, io::Write as _, sync::Arc};

use otc_client::{
    csbs::{ApiError, CheckpointItem, Client, ClientOptions, ItemFilter},
    http::{HttpOptions, NetworkTransport, SystemClock},
    identity::{CloudService, Endpoint, Environment, IdentityError, Session, Settings, resolve},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

/// Limit of memory: 200 MB.
const MOST: u64 = 200_000_000;

const MIB: usize = 1024 * 1024;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

/// `before`, as many small members as make `length` bytes, and `after`; packed.
fn bomb(before: &str, length: usize, after: &str) -> Vec<u8> {
    const MEMBER: &[u8] = br#""a":{"b":0},"#;
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
    packed.write_all(before.as_bytes()).unwrap();
    let block = MEMBER.repeat(1000);
    for _ in 0..length / block.len() {
        packed.write_all(&block).unwrap();
    }
    packed.write_all(after.as_bytes()).unwrap();
    packed.finish().unwrap()
}

/// A server whose answer to request number `n` (from 0) is what `answer` makes, packed, with a token in a header.
async fn serve(answer: impl Fn(usize) -> Vec<u8> + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        for number in 0.. {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut head = [0; 16 * 1024];
            // Requests here are small and come in one piece.
            let _ = stream.read(&mut head).await.unwrap();
            let body = answer(number);
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\nx-subject-token: t\r\nconnection: \
                 close\r\n\r\n",
                body.len()
            );
            // A client that has read enough hangs up.
            let _ = stream.write_all(head.as_bytes()).await;
            let _ = stream.write_all(&body).await;
        }
    });
    port
}

fn transport() -> Arc<NetworkTransport> {
    Arc::new(NetworkTransport::new(HttpOptions::default()).unwrap())
}

fn client(port: u16) -> Client {
    let endpoint = Endpoint {
        base: format!("http://127.0.0.1:{port}/v1/project").parse().unwrap(),
        project_id: "project".to_owned(),
        region: None,
    };
    let session = Session::with_token(endpoint, "token".into(), transport(), Arc::new(SystemClock));
    let options = ClientOptions {
        max_retries: 0,
        ..ClientOptions::default()
    };
    Client::new(Arc::new(session), options)
}

/// Signs in at `port` with a password.
async fn sign_in(port: u16) -> Result<Endpoint, IdentityError> {
    let mut settings = Settings::default();
    for (name, value) in [
        ("auth_url", format!("http://127.0.0.1:{port}/v3").as_str()),
        ("user_name", "me"),
        ("password", "hunter2"),
        ("domain_name", "d"),
        ("tenant_name", "eu-de"),
    ] {
        assert!(settings.set(name, value.into()));
    }
    let resolved = resolve(&settings, &Environment::new("/nowhere".into(), []))
        .ok()
        .unwrap();
    Session::new(resolved, transport(), Arc::new(SystemClock))
        .endpoint(CloudService::Csbs)
        .await
}

/// The result of `work`, and the most bytes that were allocated at once meanwhile.
fn measured<T>(work: impl Future<Output = T>) -> (T, u64) {
    let mut result = None;
    let used = allocation_counter::measure(|| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        result = Some(runtime.block_on(work));
    });
    (result.unwrap(), used.bytes_max)
}

#[track_caller]
fn assert_small(what: &str, bytes: u64) {
    println!("{what}: {} kB at most", bytes / 1000);
    assert!(bytes < MOST, "{what}: {bytes} bytes");
}

const TOKEN: (&str, &str) = (
    r#"{"token":{"expires_at":"2099-01-01T00:00:00.000000Z","project":{"id":"p","name":"eu-de"},"#,
    r#""catalog":[{"type":"data-protect","endpoints":[{"interface":"public","region":"eu-de",
       "url":"http://127.0.0.1:1/v1/p","x":1}],"x":{}}]}}"#,
);

#[test]
fn a_sign_in_with_many_members() {
    let packed = bomb(TOKEN.0, 60 * MIB, TOKEN.1);
    println!("{} bytes of gzip", packed.len());
    let (outcome, bytes) = measured(async { sign_in(serve(move |_| packed.clone()).await).await });
    assert_small("60 MiB of members beside those of a token", bytes);
    let error = outcome.unwrap_err();
    assert!(error.to_string().contains("longer than 4194304 bytes"), "{error}");
    assert!(!error.is_transient(), "it would be asked for again: {error}");

    let packed = bomb(TOKEN.0, 3 * MIB, TOKEN.1);
    let (outcome, bytes) = measured(async { sign_in(serve(move |_| packed.clone()).await).await });
    assert_small("3 MiB of members beside those of a token", bytes);
    assert_eq!(outcome.unwrap().base.as_str(), "http://127.0.0.1:1/v1/p");
}

#[test]
fn a_catalog_of_many_services_and_endpoints() {
    let services = format!(
        "{}\"catalog\":[{}{}]}}}}",
        TOKEN.0,
        "{},".repeat(MIB),
        r#"{"type":"data-protect","endpoints":[{"interface":"public","region":"eu-de","url":"http://127.0.0.1:1"}]}"#
    );
    let packed = gzip(services.as_bytes());
    let (outcome, bytes) = measured(async { sign_in(serve(move |_| packed.clone()).await).await });
    assert_small("a million services", bytes);
    assert!(outcome.is_ok(), "{outcome:?}");

    let endpoints = format!(
        "{}\"catalog\":[{{\"type\":\"csbs\",\"endpoints\":[{}{{}}]}}]}}}}",
        TOKEN.0,
        "{},".repeat(MIB)
    );
    let packed = gzip(endpoints.as_bytes());
    let (outcome, bytes) = measured(async { sign_in(serve(move |_| packed.clone()).await).await });
    assert_small("a million endpoints", bytes);
    let error = outcome.unwrap_err().to_string();
    assert!(error.contains("more than 1000 endpoints"), "{error}");
}

const ITEM: (&str, &str) = (
    r#"{"checkpoint_item":{"id":"i","status":"available","extend_info":{"progress":100,"#,
    r#""size":146}}}"#,
);

async fn read_item(packed: Vec<u8>) -> Result<CheckpointItem, ApiError> {
    client(serve(move |_| packed.clone()).await)
        .get_checkpoint_item("i")
        .await
}

#[test]
fn an_item_whose_run_has_many_members() {
    let packed = bomb(ITEM.0, 60 * MIB, ITEM.1);
    let (outcome, bytes) = measured(read_item(packed));
    assert_small("60 MiB of members in extend_info", bytes);
    let error = outcome.unwrap_err().to_string();
    assert!(error.contains("longer than 4194304 bytes"), "{error}");

    let (outcome, bytes) = measured(read_item(bomb(ITEM.0, 3 * MIB, ITEM.1)));
    assert_small("3 MiB of members in extend_info", bytes);
    let info = outcome.unwrap().extend_info.unwrap();
    assert_eq!((info.progress, info.size), (Some(100), Some(146)));
}

#[test]
fn lists_and_free_values_of_an_item_are_bounded() {
    for (before, many, after, limit) in [
        (
            r#"{"checkpoint_item":{"id":"i","extend_info":{"volume_backups":["#,
            "{},",
            r"{}]}}}",
            "more than 20000 elements",
        ),
        (
            r#"{"checkpoint_item":{"id":"i","extend_info":{"os_images_data":["#,
            "\"\",",
            r#"""]}}}"#,
            "more than 20000 elements",
        ),
        (
            r#"{"checkpoint_item":{"id":"i","tags":["#,
            r#"{"key":"k","value":""},"#,
            r"{}]}}",
            "more than 10000 values",
        ),
        (
            r#"{"checkpoint_item":{"id":"i","name":["#,
            r#"{"":[0]},"#,
            r"0]}}",
            "more than 10000 values",
        ),
        (
            r#"{"checkpoint_item":{"id":"i","extend_info":{"fail_code":["#,
            r#"{"":[0]},"#,
            r"0]}}}",
            "more than 10000 values",
        ),
    ] {
        let text = format!("{before}{}{after}", many.repeat(3 * MIB / many.len()));
        let (outcome, bytes) = measured(read_item(gzip(text.as_bytes())));
        assert_small(before, bytes);
        let error = outcome.unwrap_err().to_string();
        assert!(error.contains(limit), "{before}: {error}");
    }
}

/// A page of a thousand items, as the service sends them; `small` ones have nothing but an ID.
fn page(number: usize, small: bool) -> Vec<u8> {
    let mut text = String::from(r#"{"checkpoint_items":["#);
    for at in 0..1000 {
        let id = number * 1000 + at;
        if at > 0 {
            text.push(',');
        }
        if small {
            let _ = write!(text, r#"{{"id":"{id}"}}"#);
            continue;
        }
        let disk = r#"{"id":"5f7c7a0c-0d2b-4c7b-8f63-1e1c5a0e6d4b","name":"autobk_0a1b","status":"available","bootable":"True",
            "incremental":false,"image_type":"backup","size":146,"average_speed":19.5,"space_saving_ratio":99.6,
            "snapshot_id":"d8b1c2f3-4a5b-4c6d-8e7f-90a1b2c3d4e5","source_volume_id":"c0ffee00-1111-4222-8333-444455556666",
            "source_volume_name":"ecs-0001-system","source_volume_size":"40"}"#;
        let _ = write!(
            text,
            r#"{{"id":"item-{id}","checkpoint_id":"cp-{id}","name":"nightly-{id}","description":"--","status":"available",
            "resource_id":"server-{id}","resource_type":"OS::Nova::Server","created_at":"2017-04-18T01:21:52.701973",
            "updated_at":"2017-04-18T01:21:52.701973","tags":[{{"key":"stage","value":"production"}}],
            "backup_data":{{"__openstack_region_name":"eu-de","cloudservicetype":"","disk":40,"imagetype":"gold",
              "ram":1024,"vcpus":1,"eip":"","private_ip":"192.168.0.12"}},
            "extend_info":{{"auto_trigger":false,"average_speed":19,"copy_from":"","copy_status":"na","fail_code":{{}},
              "fail_op":"","fail_reason":"","finished_at":"2017-04-18T01:27:52.701973","hypervisor_type":"QEMU",
              "incremental":false,"progress":100,"os_images_data":[],"resource_az":"eu-de-01","resource_name":"ecs-{id}",
              "resource_type":"OS::Nova::Server","size":146,"space_saving_ratio":99.6,"taskid":"task-{id}",
              "supported_restore_mode":"backup","volume_backups":[{disk},{disk}]}}}}"#
        );
    }
    text.push_str(r#"],"checkpoint_items_links":[{"rel":"next","href":"x"}]}"#);
    gzip(text.as_bytes())
}

#[test]
fn a_list_without_end() {
    for small in [false, true] {
        let (outcome, bytes) = measured(async {
            let client = client(serve(move |number| page(number, small)).await);
            client
                .list_checkpoint_items(&ItemFilter::default())
                .await
                .map(|items| items.len())
        });
        assert_small(
            &format!("a list of 1,000-item pages without end, small: {small}"),
            bytes,
        );
        let error = outcome.unwrap_err().to_string();
        assert!(error.contains("longer than") && error.contains("filter"), "{error}");
        println!("{error}");
    }
}

#[test]
fn a_page_of_many_elements() {
    let text = format!(r#"{{"checkpoint_items":[{}{{}}]}}"#, "{},".repeat(9 * MIB));
    let packed = gzip(text.as_bytes());
    drop(text);
    let (outcome, bytes) = measured(async {
        let client = client(serve(move |_| packed.clone()).await);
        client.list_checkpoint_items(&ItemFilter::default()).await
    });
    assert_small("nine million elements in a page", bytes);
    let error = outcome.unwrap_err().to_string();
    assert!(error.contains("more than 20000 elements"), "{error}");
}

#[test]
fn a_large_project_is_read_whole() {
    let (found, bytes) = measured(async {
        let client = client(serve(|number| page(number, false)).await);
        let filter = ItemFilter {
            limit: Some(6000),
            ..ItemFilter::default()
        };
        client.list_checkpoint_items(&filter).await
    });
    assert_small("6,000 backups of two disks", bytes);
    let items = found.unwrap();
    assert_eq!(items.len(), 6000);
    assert_eq!(items[5999].extend_info.as_ref().unwrap().volume_backups().len(), 2);
}
