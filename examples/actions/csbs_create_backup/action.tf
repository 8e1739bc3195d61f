variable "server_id" {
  description = "ID of the server (ECS) to back up."
  type        = string
}

variable "release" {
  type = string
}

# Backs up the server before something on it is changed in place. When the backup fails, the change is not made.
action "csbs_create_backup" "before_update" {
  config {
    resource_id = var.server_id
    backup_name = "before-update"
    description = "Before release ${var.release}"
  }
}

# Stands for a resource that is on the server.
resource "terraform_data" "application" {
  input = var.release

  lifecycle {
    action_trigger {
      events  = [before_create, before_update]
      actions = [action.csbs_create_backup.before_update]
    }
  }
}
