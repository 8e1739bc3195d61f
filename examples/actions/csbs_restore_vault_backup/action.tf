# Run it by hand with: terraform apply -invoke=action.csbs_restore_vault_backup.server
action "csbs_restore_vault_backup" "server" {
  config {
    backup_id = "77aa0c1d-2222-4b3c-9d4e-5f60718293a4"
    timeout   = "3h"
  }
}

# To another server, every disk backup needs a disk of it.
# This server stays off afterwards; servers are started by default.
action "csbs_restore_vault_backup" "other_server" {
  config {
    backup_id = "77aa0c1d-2222-4b3c-9d4e-5f60718293a4"
    server_id = "f8ddfef4-1fb6-4d2f-8fb9-1dbb955e28d6"
    power_on  = false
    volumes = {
      "88bb1d2e-3333-4c4d-8e5f-60718293a4b5" = "64cd1eb0-5c32-4d52-8d1d-3f2b8a3f5a7e"
    }
  }
}
