# Run it by hand with: terraform apply -invoke=action.csbs_restore_backup.server
action "csbs_restore_backup" "server" {
  config {
    backup_id = "92dba63d-1fb6-4d2f-8fb9-8d3e2a2cd2b7"
    timeout   = "3h"
  }
}

# To another server, every disk backup needs a disk of it.
# This server stays off afterwards; servers are started by default.
action "csbs_restore_backup" "other_server" {
  config {
    backup_id = "92dba63d-1fb6-4d2f-8fb9-8d3e2a2cd2b7"
    server_id = "f8ddfef4-1fb6-4d2f-8fb9-1dbb955e28d6"
    power_on  = false
    volumes = {
      "a3c34dbb-8c48-4d1e-a5f9-0a9c5b1bd7c1" = "64cd1eb0-5c32-4d52-8d1d-3f2b8a3f5a7e"
    }
  }
}
