//! A backup that existed before a create is never taken for the one that the create has made.

use csbs_simulator::{Effect, Operation, Rule};
use terraform_plugin::RawValue;

use crate::{cloud::Cloud, core::Core, policy_config::server_id, virtual_time};

fn config(core: &Core) -> RawValue {
    core.config(&[("resource_id", server_id(0).into()), ("backup_name", "nightly".into())])
}

#[test]
fn a_list_that_leaves_out_an_earlier_backup_does_not_make_it_new() {
    virtual_time(async {
        let cloud = Cloud::new(1);
        let provider = cloud.process();
        let mut earlier = Core::new(&provider);
        let made = config(&earlier);
        assert!(earlier.apply(&made).await.1.errors.is_empty());
        // The first request is refused because the server is busy; the look after that is empty; the second request is lost.
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
