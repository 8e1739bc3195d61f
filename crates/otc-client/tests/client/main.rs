//! Every call of the client against a service in memory. Its answers have the form of the API pages, with the deviations of the
//! real service: numbers as text, objects as text, missing and unknown members.

#![allow(clippy::unwrap_used)]

use test_support::router_transport;

use std::sync::{Arc, Mutex};

use axum::{Json, Router, extract::Request, response::IntoResponse};
use http::StatusCode;
use otc_client::csbs::{
    ApiError, Client, ClientOptions, ItemFilter, OperationDefinition, PolicyFilter, PolicyRequest, PolicyResource,
    PolicyUpdate, ProtectRequest, RestorableCheck, RestoreRequest, ScheduledOperation, Server, Status, TagKind, Tags,
    Trigger, TriggerProperties, VolumeMapping,
};
use otc_client::http::{Delivery, SystemClock};
use otc_client::identity::{Endpoint, Session};
use router_transport::RouterTransport;
use serde_json::{Value, json};

const PROVIDER: &str = "/providers/fc4d5750-22e7-4798-8a46-f48f62c4c1da";

type Log = Arc<Mutex<Vec<(String, Value)>>>;

/// A client of a service that answers calls with `status` and `body`, and the log of its requests.
fn service(status: u16, body: Value) -> (Client, Log) {
    let log = Log::default();
    let seen = Arc::clone(&log);
    let router = Router::new().fallback(move |request: Request| {
        let (seen, body) = (Arc::clone(&seen), body.clone());
        async move {
            let (parts, sent) = request.into_parts();
            assert_eq!(parts.headers["x-auth-token"], "token");
            let sent = axum::body::to_bytes(sent, usize::MAX).await.unwrap();
            let path = parts.uri.path_and_query().unwrap().as_str();
            let line = format!("{} {}", parts.method, path.strip_prefix("/v1/project").unwrap());
            let sent = serde_json::from_slice(&sent).unwrap_or(Value::Null);
            seen.lock().unwrap().push((line, sent));
            (StatusCode::from_u16(status).unwrap(), Json(body))
        }
    });
    (client(RouterTransport::new(router)), log)
}

fn client(transport: RouterTransport) -> Client {
    let endpoint = Endpoint {
        base: "https://csbs.example/v1/project".parse().unwrap(),
        project_id: "project".to_owned(),
        region: Some("eu-de".to_owned()),
    };
    let session = Session::with_token(endpoint, "token".into(), Arc::new(transport), Arc::new(SystemClock));
    Client::new(Arc::new(session), ClientOptions::default())
}

fn sent(log: &Log) -> (String, Value) {
    log.lock().unwrap().last().unwrap().clone()
}

fn checkpoint() -> Value {
    json!({ "checkpoint": {
        "status": "protecting", "created_at": "2017-03-30T16:13:22.748282", "id": "cp-1", "resource_graph": null,
        "project_id": "project", "extra_info": "{\"created_by\": \"manual\"}", "new_member": [1],
        "protection_plan": { "id": "fake_1", "name": "server protect plan for s-1",
            "resources": [{ "id": "s-1", "type": "OS::Nova::Server", "name": "resource_s-1", "extra_info": "{}" }] },
    }})
}

#[tokio::test(start_paused = true)]
async fn protect() {
    let (client, log) = service(200, checkpoint());
    let request = ProtectRequest {
        backup_name: Some("nightly".to_owned()),
        description: Some("before the release".to_owned()),
        incremental: Some(false),
        resource_type: Some("OS::Nova::Server".to_owned()),
        tags: Tags::from([("k1".to_owned(), "v1".to_owned()), ("k2".to_owned(), String::new())]),
        extra_info: Some(json!({ "deep": { "a": [1, null] } })),
    };
    let made = client.protect("s-1", &request).await.unwrap();
    let (line, body) = sent(&log);
    assert_eq!(line, format!("POST {PROVIDER}/resources/s-1/action"));
    assert_eq!(
        body,
        json!({ "protect": { "backup_name": "nightly", "description": "before the release", "incremental": false,
            "resource_type": "OS::Nova::Server", "extra_info": { "deep": { "a": [1, null] } },
            "tags": [{ "key": "k1", "value": "v1" }, { "key": "k2", "value": "" }] } })
    );
    assert_eq!((made.id.as_str(), made.status), ("cp-1", Status::Protecting));
    assert_eq!(made.extra_info, Some(json!({ "created_by": "manual" })));
    let plan = made.protection_plan.unwrap();
    assert_eq!(plan.id.as_deref(), Some("fake_1"));
    assert_eq!(plan.resources[0].extra_info, Some(json!({})));
}

#[tokio::test(start_paused = true)]
async fn run_policy() {
    let (client, log) = service(200, checkpoint());
    let servers = ["s-1".to_owned(), "s-2".to_owned()];
    assert_eq!(client.run_policy("p-1", &servers).await.unwrap().id, "cp-1");
    let (line, body) = sent(&log);
    assert_eq!(line, format!("POST {PROVIDER}/checkpoints"));
    assert_eq!(
        body,
        json!({ "checkpoint": { "plan_id": "p-1", "parameters": { "auto_trigger": false, "resources": ["s-1", "s-2"] } } })
    );
}

#[tokio::test(start_paused = true)]
async fn delete_checkpoint() {
    for status in [200, 204] {
        let (client, log) = service(status, json!({}));
        client.delete_checkpoint("cp-1", None).await.unwrap();
        assert_eq!(sent(&log), (format!("DELETE {PROVIDER}/checkpoints/cp-1"), Value::Null));
        client.delete_checkpoint("cp-1", Some("i-1")).await.unwrap();
        assert_eq!(
            sent(&log).0,
            format!("DELETE {PROVIDER}/checkpoints/cp-1?checkpoint_items=i-1")
        );
    }
    let (client, _) = service(400, json!({ "error_code": "CSBS.2003", "error_msg": "busy" }));
    assert!(client.delete_checkpoint("cp-1", None).await.unwrap_err().is_busy());
    let (client, _) = service(404, json!({ "error_code": "CSBS.3001", "error_msg": "gone" }));
    assert!(client.delete_checkpoint("cp-1", None).await.unwrap_err().is_gone());
}

#[tokio::test(start_paused = true)]
async fn items() {
    let (client, log) = service(
        200,
        json!({ "checkpoint_item": { "id": "i-1", "status": "restoring" } }),
    );
    assert_eq!(
        client.get_checkpoint_item("i-1").await.unwrap().status,
        Status::Restoring
    );
    assert_eq!(sent(&log).0, "GET /checkpoint_items/i-1");

    let (client, log) = service(
        200,
        json!({ "checkpoint_items": [{ "id": "i-1" }, { "id": 7 }], "checkpoint_items_links": [] }),
    );
    let filter = ItemFilter {
        status: Some(Status::Available),
        name: Some("a b&c".to_owned()),
        resource_name: Some("web".to_owned()),
        az: Some("eu-de-01".to_owned()),
        resource_id: Some("s-1".to_owned()),
        resource_type: Some("OS::Nova::Server".to_owned()),
        start_time: Some("2017-04-18T01:21:52".to_owned()),
        end_time: Some("2017-04-19".to_owned()),
        image_type: Some("backup".to_owned()),
        policy_id: Some("p-1".to_owned()),
        checkpoint_id: Some("cp-1".to_owned()),
        ip: Some("192.168.0.1".to_owned()),
        all_tenants: Some(true),
        sort: Some("name:asc,id".to_owned()),
        limit: Some(2),
    };
    assert_eq!(client.list_checkpoint_items(&filter).await.unwrap().len(), 2);
    assert_eq!(
        sent(&log).0,
        "GET /checkpoint_items?status=available&name=a%20b%26c&resource_name=web&az=eu-de-01&resource_id=s-1\
         &resource_type=OS%3A%3ANova%3A%3AServer&start_time=2017-04-18T01%3A21%3A52&end_time=2017-04-19&image_type=backup\
         &policy_id=p-1&checkpoint_id=cp-1&ip=192.168.0.1&all_tenants=true&sort=name%3Aasc%2Cid&limit=2"
    );
}

#[tokio::test(start_paused = true)]
async fn capability() {
    let word = json!({ "result": false, "resource_id": "s-1", "resource_type": "OS::Nova::Server",
        "error_code": "CSBS.6007", "error_msg": "no disk" });
    let (client, log) = service(200, json!({ "protectable": [word] }));
    let words = client.check_protectable(&[Server::new("s-1")]).await.unwrap();
    assert!(!words[0].result);
    assert_eq!(words[0].error_code.as_deref(), Some("CSBS.6007"));
    let (line, body) = sent(&log);
    assert_eq!(line, format!("POST {PROVIDER}/resources/action"));
    assert_eq!(
        body,
        json!({ "check_protectable": [{ "resource_id": "s-1", "resource_type": "OS::Nova::Server" }] })
    );

    let (client, log) = service(200, json!({ "restorable": [{ "result": "true" }] }));
    let check = RestorableCheck {
        checkpoint_item_id: "i-1".to_owned(),
        target: Server::new("s-2"),
        volumes: vec![VolumeMapping {
            backup_id: "b".to_owned(),
            volume_id: "v".to_owned(),
        }],
    };
    assert!(client.check_restorable(&[check]).await.unwrap()[0].result);
    assert_eq!(
        sent(&log).1,
        json!({ "check_restorable": [{ "checkpoint_item_id": "i-1", "target": { "resource_id": "s-2",
            "resource_type": "OS::Nova::Server", "volumes": [{ "backup_id": "b", "volume_id": "v" }] } }] })
    );
}

#[tokio::test(start_paused = true)]
async fn restore() {
    let (client, log) = service(
        200,
        json!({ "restore": { "id": "r-1", "checkpoint_id": "cp-1", "status": "in_progress",
            "resources_status": "RESTORING", "parameters": "x" } }),
    );
    let request = RestoreRequest {
        checkpoint_id: "cp-1".to_owned(),
        checkpoint_item_id: "i-1".to_owned(),
        server_id: "s-2".to_owned(),
        volumes: vec![VolumeMapping {
            backup_id: "b".to_owned(),
            volume_id: "v".to_owned(),
        }],
        power_on: true,
        restore_target: None,
    };
    let started = client.restore(&request).await.unwrap();
    assert_eq!(started.status.as_deref(), Some("in_progress"));
    assert_eq!(started.resources_status, Some(json!("RESTORING")));
    let (line, body) = sent(&log);
    assert_eq!(line, "POST /restores");
    assert_eq!(
        body,
        json!({ "restore": { "provider_id": "fc4d5750-22e7-4798-8a46-f48f62c4c1da", "checkpoint_id": "cp-1",
            "parameters": { "checkpoint_item_id": "i-1", "power_on": true,
                "targets": { "server_id": "s-2", "volumes": [{ "backup_id": "b", "volume_id": "v" }] } } } })
    );
}

fn policy() -> Value {
    json!({ "id": "p-1", "name": "nightly", "status": "suspended", "parameters": { "common": {} }, "tags": [],
        "resources": [{ "id": "s-1", "type": "OS::Nova::Server", "name": "web", "extra_info": "{}" }],
        "scheduled_operations": [{ "id": "o-1", "enabled": true, "operation_type": "backup", "trigger_id": "t-1",
            "operation_definition": { "max_backups": "20", "retention_duration_days": "-1", "permanent": "False",
                "plan_id": "p-1" },
            "trigger": { "id": "t-1", "type": "time", "properties": { "format": "ical",
                "start_time": "2017-04-09 14:31:25", "pattern": "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n" } } }] })
}

#[tokio::test(start_paused = true)]
async fn policies() {
    let operation = ScheduledOperation {
        enabled: Some(true),
        operation_type: Some("backup".to_owned()),
        operation_definition: Some(OperationDefinition {
            max_backups: Some(20),
            permanent: Some(false),
            ..OperationDefinition::default()
        }),
        trigger: Some(Trigger {
            properties: Some(TriggerProperties {
                pattern: Some("BEGIN:VCALENDAR\r\n".to_owned()),
                ..TriggerProperties::default()
            }),
            ..Trigger::default()
        }),
        ..ScheduledOperation::default()
    };
    let (client, log) = service(200, json!({ "policy": policy() }));
    let request = PolicyRequest {
        name: "nightly".to_owned(),
        resources: vec![PolicyResource {
            id: Some("s-1".to_owned()),
            ..PolicyResource::default()
        }],
        scheduled_operations: vec![operation.clone()],
        ..PolicyRequest::default()
    };
    let made = client.create_policy(&request).await.unwrap();
    let (line, body) = sent(&log);
    assert_eq!(line, "POST /policies");
    let wire = json!({ "enabled": true, "operation_type": "backup",
        "operation_definition": { "max_backups": 20, "permanent": false },
        "trigger": { "properties": { "pattern": "BEGIN:VCALENDAR\r\n" } } });
    assert_eq!(
        body,
        json!({ "policy": { "name": "nightly", "provider_id": "fc4d5750-22e7-4798-8a46-f48f62c4c1da",
            "parameters": { "common": {} }, "resources": [{ "id": "s-1" }], "scheduled_operations": [wire] } })
    );
    let definition = made.scheduled_operations[0].operation_definition.as_ref().unwrap();
    assert_eq!(
        (
            definition.max_backups,
            definition.retention_duration_days,
            definition.permanent
        ),
        (Some(20), Some(-1), Some(false))
    );
    assert_eq!(made.tags, Some(Tags::new()));

    assert_eq!(client.get_policy("p-1").await.unwrap(), made);
    assert_eq!(sent(&log).0, "GET /policies/p-1");
    let update = PolicyUpdate {
        description: Some(String::new()),
        ..PolicyUpdate::default()
    };
    client.update_policy("p-1", &update).await.unwrap();
    assert_eq!(
        sent(&log),
        (
            "PUT /policies/p-1".to_owned(),
            json!({ "policy": { "description": "" } })
        )
    );
    client.delete_policy("p-1").await.unwrap();
    assert_eq!(sent(&log).0, "DELETE /policies/p-1");

    let (client, log) = service(200, json!({ "policies": [policy()] }));
    let filter = PolicyFilter {
        name: Some("nightly".to_owned()),
        ..PolicyFilter::default()
    };
    assert_eq!(client.list_policies(&filter).await.unwrap(), [made]);
    assert_eq!(sent(&log).0, "GET /policies?name=nightly&limit=1000");
}

#[tokio::test(start_paused = true)]
async fn tags() {
    for (kind, word) in [
        (TagKind::Backup, "csbs_backup"),
        (TagKind::Policy, "csbs_backup_policy"),
    ] {
        let (client, log) = service(204, Value::Null);
        let tags = Tags::from([("k".to_owned(), "v".to_owned())]);
        client.add_tags(kind, "x-1", &tags).await.unwrap();
        assert_eq!(
            sent(&log),
            (
                format!("POST /{word}/x-1/tags/action"),
                json!({ "action": "create", "tags": [{ "key": "k", "value": "v" }] })
            )
        );
        client.remove_tags(kind, "x-1", &["k".to_owned()]).await.unwrap();
        assert_eq!(
            sent(&log),
            (
                format!("POST /{word}/x-1/tags/action"),
                json!({ "action": "delete", "tags": [{ "key": "k" }] })
            )
        );
        let (client, log) = service(200, json!({ "tags": [{ "key": "k", "value": "v" }] }));
        assert_eq!(client.list_tags(kind, "x-1").await.unwrap(), tags);
        assert_eq!(sent(&log).0, format!("GET /{word}/x-1/tags"));
        let (client, log) = service(200, json!({ "tags": [{ "key": "k", "values": ["a", "b"] }] }));
        assert_eq!(client.project_tags(kind).await.unwrap()["k"], ["a", "b"]);
        assert_eq!(sent(&log).0, format!("GET /{word}/tags"));
        let (client, log) = service(
            200,
            json!({ "resources": [{ "resource_id": "x-1", "resource_name": "web", "resource_detail": {},
                "tags": [{ "key": "k", "value": "v" }] }, { "resource_id": "x-2" }], "total_count": 2 }),
        );
        let keys: Vec<String> = (0..12).map(|number| format!("k{number}")).collect();
        let found = client.resources_with_tags(kind, &keys).await.unwrap();
        assert_eq!(found["x-1"], Some(tags));
        assert_eq!(found["x-2"], None);
        let (line, body) = sent(&log);
        assert_eq!(line, format!("POST /{word}/resource_instances/action"));
        // A search takes ten keys.
        assert_eq!(log.lock().unwrap().len(), 2);
        assert_eq!(
            body,
            json!({ "action": "filter", "limit": "1000", "offset": "0",
                "tags_any": [{ "key": "k10", "values": [] }, { "key": "k11", "values": [] }] })
        );
    }
}

#[tokio::test(start_paused = true)]
async fn quotas() {
    let (client, log) = service(
        200,
        json!({ "quotas": { "resources": [{ "type": "backup_capacity", "unit": "GB", "quota": "-1", "used": 0.0 },
            { "type": "backups", "quota": 600, "used": 3 }] } }),
    );
    let quotas = client.quotas().await.unwrap();
    assert_eq!(sent(&log).0, "GET /quotas");
    assert_eq!((quotas[0].quota, quotas[0].used), (Some(-1), Some(0)));
    assert_eq!(
        (quotas[1].quota_type.as_deref(), quotas[1].used),
        (Some("backups"), Some(3))
    );
}

#[tokio::test(start_paused = true)]
async fn a_closed_service_has_its_own_code() {
    let (client, _) = service(
        400,
        json!({ "error_code": "BackupService.4008", "error_msg": "use CBR" }),
    );
    let error = client.protect("s-1", &ProtectRequest::default()).await.unwrap_err();
    assert_eq!(error.code(), Some("BackupService.4008"));
    assert!(!error.may_have_taken_effect());
}

#[tokio::test(start_paused = true)]
async fn a_lost_connection_may_have_taken_effect_unless_nothing_was_sent() {
    #[derive(Clone)]
    struct Lost(Delivery);
    for delivery in [Delivery::NotSent, Delivery::Unknown, Delivery::Answered] {
        let router = Router::new().fallback(move || async move {
            let mut response = StatusCode::OK.into_response();
            response.extensions_mut().insert(Lost(delivery));
            response
        });
        let transport =
            RouterTransport::new(router).with_faults(|extensions| extensions.get::<Lost>().map(|lost| lost.0));
        let error = client(transport)
            .protect("s-1", &ProtectRequest::default())
            .await
            .unwrap_err();
        assert!(matches!(error, ApiError::Transport { .. }));
        assert_eq!(error.may_have_taken_effect(), delivery != Delivery::NotSent);
    }
}
