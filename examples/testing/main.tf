# A small module that takes a backup before a release, and what is worth testing of it: see tests/backup.tftest.hcl.

terraform {
  required_providers {
    csbs = {
      source = "tcloudpublic/csbs"
    }
  }
}

variable "server_ids" {
  description = "IDs of the servers to back up."
  type        = set(string)
}

variable "release" {
  description = "The release that is about to be rolled out, such as 1.4.2."
  type        = string
}

resource "csbs_backup" "server" {
  for_each = var.server_ids

  resource_id = each.value
  backup_name = "before-${replace(var.release, ".", "-")}"
  triggers    = { release = var.release }
}

output "checkpoint_ids" {
  description = "The checkpoint of each server's backup."
  value       = { for id, backup in csbs_backup.server : id => backup.checkpoint_id }
}

check "all_backups_can_be_restored" {
  assert {
    condition     = alltrue([for backup in csbs_backup.server : backup.status == "available"])
    error_message = "A backup is not available."
  }
}
