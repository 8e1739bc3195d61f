action "csbs_run_backup_policy" "nightly" {
  config {
    policy_id = csbs_backup_policy.nightly.id
  }
}

resource "csbs_backup_policy" "nightly" {
  name     = "nightly"
  resource = [{ id = "9506416d-db6c-406e-8bca-c0f43793d914" }]

  scheduled_operation = [{
    trigger_pattern = provider::csbs::trigger_pattern(["daily"], ["01:30"])
    max_backups     = 14
  }]

  # A first set of backups at once, not only in the night.
  lifecycle {
    action_trigger {
      events  = [after_create]
      actions = [action.csbs_run_backup_policy.nightly]
    }
  }
}
