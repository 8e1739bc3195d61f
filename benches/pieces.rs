//! The pieces that run once for every resource: values on the wire, the schema answer, reading a page of the list and
//! matching it with what is refreshed, signing.
//!
//! `cargo bench`. Whole processes are measured by `cargo xtask bench`.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "criterion's macros make undocumented items; a benchmark that cannot be set up has nothing to measure"
)]

use std::{collections::BTreeMap, hint::black_box, sync::Arc};

use async_trait::async_trait;
use bytes::Bytes;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use csbs::CsbsProvider;
use http_body_util::{BodyExt, Full};
use otc_client::{
    csbs::{CheckpointItem, Client, ClientOptions, Inventory, ItemKey, Lookup},
    http::{SystemClock, Transport, TransportError},
    identity::{AccessKeys, CloudService, Endpoint, Method, Project, Resolved, Session, Tls},
};
use serde_json::{Value, json};
use terraform_plugin::{
    Provider, RawValue,
    protocol6::{ProviderService, codec, types},
};
use tokio::runtime::Runtime;
use tower::Service;
use url::Url;

/// A state of a backup with everything in it that can be.
fn state(ty: &terraform_plugin::AttributeType) -> RawValue {
    let terraform_plugin::AttributeType::Object(attributes) = ty else {
        return RawValue::Null;
    };
    let mut values = BTreeMap::new();
    for (name, ty) in attributes {
        let value = match ty {
            terraform_plugin::AttributeType::String => RawValue::from("26bcb4a5-4c0e-4132-80fb-9305b651f4a7"),
            terraform_plugin::AttributeType::Number => RawValue::from(102_400),
            terraform_plugin::AttributeType::Bool => RawValue::from(true),
            terraform_plugin::AttributeType::List(inner) => RawValue::List(vec![state(inner); 2]),
            terraform_plugin::AttributeType::Object(_) => state(ty),
            _ => RawValue::Null,
        };
        values.insert(name.clone(), value);
    }
    RawValue::Map(values)
}

fn values(criterion: &mut Criterion) {
    let schema = CsbsProvider::new().resources()["csbs_backup"].schema();
    let ty = types::block_type(&schema.block);
    let value = state(&ty);
    let bytes = codec::to_msgpack(&value, &ty).unwrap();
    let mut group = criterion.benchmark_group("value of a csbs_backup");
    group.throughput(Throughput::Bytes(bytes.len() as u64));
    group.bench_function("encode", |bench| {
        bench.iter(|| codec::to_msgpack(black_box(&value), &ty).unwrap())
    });
    group.bench_function("decode", |bench| {
        bench.iter(|| codec::from_msgpack(black_box(&bytes), &ty).unwrap())
    });
    group.finish();
}

/// The call as Terraform makes it, from the request's bytes to the answer's.
async fn ask_schemas(service: &mut ProviderService) -> usize {
    // One gRPC message: not compressed, no bytes.
    let request = http::Request::post("/tfplugin6.Provider/GetProviderSchema")
        .header("content-type", "application/grpc")
        .body(tonic::body::Body::new(Full::new(Bytes::from_static(&[0; 5]))))
        .unwrap();
    let answer = service.call(request).await.unwrap();
    answer.into_body().collect().await.unwrap().to_bytes().len()
}

fn schemas(criterion: &mut Criterion) {
    let runtime = runtime();
    let _inside = runtime.enter();
    let mut group = criterion.benchmark_group("schema answer");
    group.bench_function("first of a process", |bench| {
        bench.iter(|| {
            let mut service = ProviderService::new(Arc::new(CsbsProvider::new()));
            runtime.block_on(ask_schemas(&mut service))
        });
    });
    let mut service = ProviderService::new(Arc::new(CsbsProvider::new()));
    group.bench_function("every later one", |bench| {
        bench.iter(|| runtime.block_on(ask_schemas(&mut service)));
    });
    group.finish();
}

const ITEMS: usize = 1000;

fn id(number: usize) -> String {
    format!("26bcb4a5-4c0e-4132-80fb-{number:012x}")
}

fn item(number: usize) -> Value {
    json!({
        "id": id(number), "checkpoint_id": "b8f5a4d3-0894-44ec-8d2b-6133c69b864b",
        "name": "nightly", "description": "--", "resource_id": "9506416d-db6c-406e-8bca-c0f43793d914",
        "resource_type": "OS::Nova::Server", "status": "available", "created_at": "2026-11-23T12:00:00.000000",
        "tags": [{"key": "stage", "value": "prod"}],
        "backup_data": {"ram": 4096, "vcpus": "2", "disk": 100, "imagetype": "gold"},
        "extend_info": {"size": 1024, "average_speed": 12.5, "progress": 100, "fail_code": {}, "volume_backups": [
            {"id": "1", "name": "disk", "status": "available", "bootable": true, "size": 1024, "average_speed": 12}
        ]},
    })
}

fn items(criterion: &mut Criterion) {
    let all: Vec<_> = (0..ITEMS).map(item).collect();
    let elements = serde_json::to_vec(&all).unwrap();
    let page = Bytes::from(json!({"checkpoint_items": all, "count": ITEMS}).to_string());
    let mut group = criterion.benchmark_group("a page of 1,000 items");
    group.throughput(Throughput::Bytes(page.len() as u64));
    group.bench_function("read", |bench| {
        bench.iter(|| {
            serde_json::from_slice::<Vec<CheckpointItem>>(black_box(&elements))
                .unwrap()
                .len()
        });
    });
    let runtime = runtime();
    group.bench_function("listed, and matched with 1,000 refreshes", |bench| {
        bench.iter(|| runtime.block_on(refresh_all(&page)));
    });
    group.finish();
}

/// A plan's refreshes, which all wait for one page.
async fn refresh_all(page: &Bytes) {
    let client = Client::new(Arc::new(with_token(Answer(page.clone()))), ClientOptions::default());
    let inventory = Inventory::new(client);
    let refreshes = (0..ITEMS).map(|number| {
        let inventory = inventory.clone();
        tokio::spawn(async move {
            let from = inventory.refresh_from();
            inventory.look(ItemKey::Item(id(number)), from).await
        })
    });
    for refresh in refreshes.collect::<Vec<_>>() {
        assert!(matches!(refresh.await.unwrap().unwrap(), Lookup::Found(_)));
    }
}

fn requests(criterion: &mut Criterion) {
    let runtime = runtime();
    let answer = Answer(Bytes::from_static(b"{}"));
    let keys = AccessKeys {
        access_key: "access key".into(),
        secret_key: "secret key".into(),
        security_token: None,
    };
    let resolved = Resolved {
        method: Method::AccessKeys(keys),
        auth_url: None,
        project: Some(Project::Id("project".to_owned())),
        domain: None,
        agency: None,
        region: Some("eu-de".to_owned()),
        endpoint: Some(Url::parse("https://csbs.example").unwrap()),
        cbr_endpoint: None,
        interface: "public".to_owned(),
        allow_reauth: true,
        tls: Tls::default(),
        max_retries: None,
        max_backoff_retries: None,
        backoff_retry_timeout: None,
        warnings: Vec::new(),
    };
    let keyed = Session::new(resolved, Arc::new(answer.clone()), Arc::new(SystemClock));
    let mut group = criterion.benchmark_group("a request on its way");
    for (name, session) in [("with a token", with_token(answer)), ("signed", keyed)] {
        group.bench_function(name, |bench| {
            bench.iter(|| {
                let request =
                    http::Request::get("https://csbs.example/v1/project/checkpoint_items?limit=1000&sort=created_at")
                        .body(Bytes::new())
                        .unwrap();
                runtime
                    .block_on(session.send(CloudService::Csbs, request))
                    .unwrap()
                    .status()
            });
        });
    }
    group.finish();
}

/// Its time is virtual, so waits end at once.
fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap()
}

fn with_token(answer: Answer) -> Session {
    let endpoint = Endpoint {
        base: Url::parse("https://csbs.example/v1/project").unwrap(),
        project_id: "project".to_owned(),
        region: None,
    };
    Session::with_token(endpoint, "token".into(), Arc::new(answer), Arc::new(SystemClock))
}

/// A service that says the same to everything.
#[derive(Clone)]
struct Answer(Bytes);

#[async_trait]
impl Transport for Answer {
    async fn send(&self, _: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
        Ok(http::Response::new(self.0.clone()))
    }
}

criterion_group!(benches, values, schemas, items, requests);
criterion_main!(benches);
