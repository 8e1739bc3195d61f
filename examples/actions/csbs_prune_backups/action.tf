variable "server_id" {
  description = "ID of the server (ECS) that every release backs up."
  type        = string
}

# Keeps the five newest backups that a release pipeline has made of the server.
action "csbs_prune_backups" "keep_five" {
  config {
    keep_last   = 5
    server_ids  = [var.server_id]
    name_prefix = "before-"
  }
}

# Reports what is older than 90 days, keeps two of each server, and deletes nothing yet.
action "csbs_prune_backups" "report" {
  config {
    keep_last  = 2
    older_than = "2160h"
    with_tags = {
      team = "infrastructure"
    }
    dry_run = true
  }
}
