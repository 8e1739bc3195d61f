//! The pieces that run once for every resource: values on the wire, the schema answer, reading a page of the list, signing.
//!
//! `cargo bench`. Whole processes are measured by `cargo xtask bench`.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "criterion's macros make undocumented items; a benchmark that cannot be set up has nothing to measure"
)]

use std::{collections::BTreeMap, hint::black_box};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use csbs::{
    api::CheckpointItem,
    framework::{Dynamic, Provider},
    protocol::{codec, types},
    provider::CsbsProvider,
};
use serde_json::json;

/// A state of a backup with everything in it that can be.
fn state(ty: &csbs::framework::AttributeType) -> Dynamic {
    let csbs::framework::AttributeType::Object(attributes) = ty else {
        return Dynamic::Null;
    };
    let mut values = BTreeMap::new();
    for (name, ty) in attributes {
        let value = match ty {
            csbs::framework::AttributeType::String => Dynamic::from("26bcb4a5-4c0e-4132-80fb-9305b651f4a7"),
            csbs::framework::AttributeType::Number => Dynamic::from(102_400),
            csbs::framework::AttributeType::Bool => Dynamic::from(true),
            csbs::framework::AttributeType::List(inner) => Dynamic::List(vec![state(inner); 2]),
            csbs::framework::AttributeType::Object(_) => state(ty),
            _ => Dynamic::Null,
        };
        values.insert(name.clone(), value);
    }
    Dynamic::Map(values)
}

fn values(criterion: &mut Criterion) {
    let schema = CsbsProvider::new().resources()["csbs_backup"].schema().schema;
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

fn schemas(criterion: &mut Criterion) {
    criterion.bench_function("all schemas, built anew", |bench| {
        bench.iter(|| {
            let provider = CsbsProvider::new();
            let resources = provider.resources();
            resources
                .values()
                .map(|resource| resource.schema().schema.block.attributes.len())
                .sum::<usize>()
        });
    });
}

fn items(criterion: &mut Criterion) {
    let item = json!({
        "id": "26bcb4a5-4c0e-4132-80fb-9305b651f4a7", "checkpoint_id": "b8f5a4d3-0894-44ec-8d2b-6133c69b864b",
        "name": "nightly", "description": "--", "resource_id": "9506416d-db6c-406e-8bca-c0f43793d914",
        "resource_type": "OS::Nova::Server", "status": "available", "created_at": "2026-11-23T12:00:00.000000",
        "tags": [{"key": "stage", "value": "prod"}],
        "backup_data": {"ram": 4096, "vcpus": "2", "disk": 100, "imagetype": "gold"},
        "extend_info": {"size": 1024, "average_speed": 12.5, "progress": 100, "fail_code": {}, "volume_backups": [
            {"id": "1", "name": "disk", "status": "available", "bootable": true, "size": 1024, "average_speed": 12}
        ]},
    });
    let page = serde_json::to_vec(&vec![item; 1000]).unwrap();
    let mut group = criterion.benchmark_group("a page of 1,000 items");
    group.throughput(Throughput::Bytes(page.len() as u64));
    group.bench_function("read", |bench| {
        bench.iter(|| {
            serde_json::from_slice::<Vec<CheckpointItem>>(black_box(&page))
                .unwrap()
                .len()
        });
    });
    group.finish();
}

criterion_group!(benches, values, schemas, items);
criterion_main!(benches);
