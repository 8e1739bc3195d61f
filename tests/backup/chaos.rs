//! Runs with faults by chance, at every request, and stops at any time. What is promised holds after each step: no backup
//! exists that neither the state nor a diagnostic names, and none is made twice for one create.

use std::time::Duration;

use csbs::framework::{Diagnostics, Dynamic};

use crate::{
    core::{Action, Core},
    world::{SERVER, World},
};

const SEEDS: u64 = 400;

/// What a person has read so far.
#[derive(Default)]
struct Read {
    text: String,
    /// Creates of which was said that it is not known whether they made a backup.
    open: usize,
}

impl Read {
    fn diags(&mut self, diags: &Diagnostics) {
        for diag in diags.errors.iter().chain(&diags.warnings) {
            self.text.push_str(&diag.detail);
            if diag.detail.contains("Before applying again, look") {
                self.open += 1;
            }
        }
    }
}

fn check(seed: u64, step: &str, world: &World, core: &Core, read: &Read) {
    let unnamed = world
        .items()
        .into_iter()
        .filter(|item| core.text("checkpoint_id") != item.checkpoint_id && !read.text.contains(&item.checkpoint_id))
        .count();
    assert!(
        unnamed <= read.open,
        "seed {seed}, {step}: {unnamed} backups that nobody knows of"
    );
}

async fn run(seed: u64) -> usize {
    let world = World::new().await;
    world.backups_take(Duration::from_secs(30 + seed % 200));
    let mut core = Core::new(&world.provider());
    let mut read = Read::default();
    let config = |core: &Core, release: &str| {
        core.config(&[
            ("resource_id", SERVER.into()),
            ("backup_name", "nightly".into()),
            ("triggers", crate::core::object(&[("release", Dynamic::from(release))])),
        ])
    };
    world.chaos(seed, 5 + seed % 40);
    for (step, release) in ["1", "1", "2"].into_iter().enumerate() {
        if (seed + step as u64).is_multiple_of(3) {
            let cancel = core.cancel.clone();
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_millis(20 * (seed % 500))).await;
                cancel.cancel();
            });
        }
        let before = world.made();
        let (_, diags) = core.apply(&config(&core, release)).await;
        core.cancel = Default::default();
        read.diags(&diags);
        assert!(world.made() - before <= 1, "seed {seed}: made twice");
        check(seed, release, &world, &core, &read);
    }
    world.chaos(seed, 0);
    // A backup may still run, and hold the server.
    tokio::time::sleep(Duration::from_secs(600)).await;
    let (_, diags) = core.apply(&config(&core, "2")).await;
    read.diags(&diags);
    assert!(diags.errors.is_empty(), "seed {seed}: {diags:?}");
    check(seed, "recovery", &world, &core, &read);
    assert_eq!(core.plan(&config(&core, "2")).await.0, Action::Nothing, "seed {seed}");
    let kept = core.text("checkpoint_id");
    let diags = core.destroy().await;
    assert!(diags.errors.is_empty(), "seed {seed}: {diags:?}");
    assert!(
        world.items().iter().all(|item| item.checkpoint_id != kept),
        "seed {seed}"
    );
    check(seed, "destroy", &world, &core, &read);
    read.open
}

#[tokio::test(start_paused = true)]
async fn nothing_is_lost_and_nothing_is_made_twice() {
    let mut open = 0;
    for seed in 1..=SEEDS {
        open += run(seed).await;
    }
    assert!(open < SEEDS as usize, "{open} creates of {} were left open", 3 * SEEDS);
}
