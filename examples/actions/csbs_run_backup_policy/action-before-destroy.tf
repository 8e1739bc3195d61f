# Terraform 1.16 and later: a last backup of a server before its data disk is destroyed or replaced.
action "csbs_run_backup_policy" "last" {
  config {
    policy_id  = csbs_backup_policy.data.id
    server_ids = ["9506416d-db6c-406e-8bca-c0f43793d914"]
  }
}

resource "csbs_backup_policy" "data" {
  name     = "data"
  resource = [{ id = "9506416d-db6c-406e-8bca-c0f43793d914" }]

  scheduled_operation = [{
    trigger_pattern = provider::csbs::trigger_pattern(["daily"], ["01:30"])
    max_backups     = 14
  }]
}

# Stands for the disk.
resource "terraform_data" "disk" {
  input = "300 GB"

  lifecycle {
    action_trigger {
      events  = [before_destroy]
      actions = [action.csbs_run_backup_policy.last]

      # Without a backup the disk stays. "continue" destroys it nevertheless.
      on_failure = halt
    }
  }
}
