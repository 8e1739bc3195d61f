# What github-actions.yml and gitlab-ci.yml apply: a backup before every release, of which the five newest are kept.

terraform {
  required_version = ">= 1.14"

  required_providers {
    csbs = {
      source = "tcloudpublic/csbs"
    }
  }
}

variable "server_id" {
  description = "ID of the server (ECS) that is deployed to."
  type        = string
}

variable "release" {
  description = "The release to deploy. Every new value creates a new backup."
  type        = string
}

provider "csbs" {}

resource "csbs_backup" "before_release" {
  resource_id  = var.server_id
  backup_name  = "before-release"
  description  = "Before release ${var.release}"
  triggers     = { release = var.release }
  skip_destroy = true

  lifecycle {
    create_before_destroy = true

    action_trigger {
      events  = [after_create]
      actions = [action.csbs_prune_backups.keep_five]
    }
  }
}

action "csbs_prune_backups" "keep_five" {
  config {
    keep_last   = 5
    server_ids  = [var.server_id]
    name_prefix = "before-release"
  }
}

output "checkpoint_id" {
  value = csbs_backup.before_release.checkpoint_id
}
