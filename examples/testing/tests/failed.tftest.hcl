# What the module says when a backup is of no use.

mock_provider "csbs" {
  mock_resource "csbs_backup" {
    defaults = {
      status = "error"
    }
  }
}

variables {
  server_ids = ["9506416d-db6c-406e-8bca-c0f43793d914"]
  release    = "1.4.2"
}

run "a_failed_backup_is_reported" {
  expect_failures = [check.all_backups_can_be_restored]
}
