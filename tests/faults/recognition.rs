//! A backup that existed before a create is never mistaken for the new one, and is reported.

use csbs_simulator::{Effect, Operation, Rule};
use terraform_plugin::RawValue;

use crate::{
    cloud::Cloud,
    core::{Core, object},
    policy_config::server_id,
    virtual_time,
};

fn config(core: &Core) -> RawValue {
    core.config(&[("resource_id", server_id(0).into()), ("backup_name", "nightly".into())])
}

#[test]
fn a_list_that_omits_an_earlier_backup_does_not_make_it_new() {
    virtual_time(async {
        let cloud = Cloud::new(1);
        let provider = cloud.process();
        let mut earlier = Core::new(&provider);
        let made = config(&earlier);
        assert!(earlier.apply(&made).await.1.errors.is_empty());
        // The first request is refused because the server is busy, the list after it is empty, and the second request is lost.
        for rule in [
            Rule::on(Operation::Protect, Effect::refuse(500, "CSBS.1001")).once(),
            Rule::on(Operation::Protect, Effect::DropBefore).after(1).once(),
            Rule::on(Operation::ListItems, Effect::EmptyList).after(1).once(),
        ] {
            cloud.simulator.fault(rule).unwrap();
        }
        let mut second = Core::new(&cloud.process());
        let (_, diags) = second.apply(&made).await;
        let errors = format!("{:?}", diags.errors);
        assert!(errors.contains("not known whether a backup was started"), "{errors}");
        assert_ne!(second.text("checkpoint_id"), earlier.text("checkpoint_id"));
    });
}

#[test]
fn a_backup_whose_tags_cannot_be_read_is_reported() {
    let mut reads = 0;
    for seed in 1..=30 {
        virtual_time(async {
            let cloud = Cloud::new(seed);
            let mut earlier = Core::new(&cloud.process());
            let mut made = config(&earlier);
            made.set("tags", object(&[("a", "1".into())]));
            assert!(earlier.apply(&made).await.1.errors.is_empty());
            cloud.clear_requests();
            for effect in [Effect::WrongTypes, Effect::TruncateJson] {
                cloud.simulator.fault(Rule::on(Operation::ListTags, effect)).unwrap();
            }
            let mut second = Core::new(&cloud.process());
            let (_, diags) = second.apply(&made).await;
            assert!(diags.errors.is_empty(), "{diags:?}");
            let warnings = format!("{:?}", diags.warnings);
            assert!(
                warnings.contains(&earlier.text("checkpoint_id")),
                "seed {seed}: {warnings}"
            );
            reads += cloud.simulator.count(Operation::ListTags);
        });
    }
    assert!(reads > 0, "no list omitted the tags");
}
