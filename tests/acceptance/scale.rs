//! Many backups in one configuration.

use crate::terraform::Workspace;

acceptance_tests![acc_fifty_instances];

fn acc_fifty_instances(ws: &mut Workspace) {
    let servers: Vec<String> = ws.cloud.add_servers(50);
    ws.config(&format!(
        "resource \"csbs_backup\" \"server\" {{\n  for_each = toset({})\n  resource_id = each.key\n  tags = {{ n = \"50\" }}\n}}\n",
        serde_json::to_string(&servers).unwrap()
    ));
    ws.succeed(&["apply", "-auto-approve", "-parallelism=50"]);
    assert_eq!(ws.state().instances.len(), 50);
    assert_eq!(ws.cloud.checkpoints().len(), 50);

    let before = ws.cloud.reads();
    ws.succeed(&["plan", "-detailed-exitcode", "-parallelism=50"]);
    let reads = ws.cloud.reads() - before;
    // Of one listed backup in six, the simulator's lists leave members out; such a backup is read alone.
    let read_alone = 50_usize.div_ceil(6);
    assert!(reads <= 5 + read_alone, "a refresh of 50 backups took {reads} requests");

    ws.succeed(&["destroy", "-auto-approve", "-parallelism=50"]);
    assert!(ws.state().instances.is_empty());
    assert_eq!(ws.cloud.checkpoints(), Vec::<String>::new());
}
