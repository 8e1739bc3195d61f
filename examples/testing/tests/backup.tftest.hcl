# terraform test: no cloud and no credentials, the provider is mocked.

mock_provider "csbs" {
  mock_resource "csbs_backup" {
    defaults = {
      id            = "92dba63d-1fb6-4d2f-8fb9-8d3e2a2cd2b7"
      checkpoint_id = "4aa1e3ec-2a5c-4d2b-9f6c-1d4e8f7b2c3a"
      status        = "available"
    }
  }
}

variables {
  server_ids = ["9506416d-db6c-406e-8bca-c0f43793d914", "f8ddfef4-1fb6-4d2f-8fb9-1dbb955e28d6"]
  release    = "1.4.2"
}

run "every_server_gets_a_backup" {
  assert {
    condition     = length(csbs_backup.server) == 2
    error_message = "There should be a backup of each server."
  }

  assert {
    condition     = output.checkpoint_ids["9506416d-db6c-406e-8bca-c0f43793d914"] == "4aa1e3ec-2a5c-4d2b-9f6c-1d4e8f7b2c3a"
    error_message = "The module should say which checkpoint belongs to which server."
  }
}

run "the_name_says_which_release" {
  command = plan

  assert {
    condition     = csbs_backup.server["f8ddfef4-1fb6-4d2f-8fb9-1dbb955e28d6"].backup_name == "before-1-4-2"
    error_message = "Dots are not allowed in a backup's name."
  }
}
