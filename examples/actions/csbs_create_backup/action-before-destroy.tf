# Terraform 1.16 and later: a last backup of the server before one of its disks is destroyed or replaced.
action "csbs_create_backup" "before_destroy" {
  config {
    resource_id = var.server_id
    backup_name = "before-destroy"
  }
}

variable "server_id" {
  description = "ID of the server (ECS) to back up."
  type        = string
}

variable "disk_type" {
  description = "Type of the disk; a change replaces it."
  type        = string
  default     = "SATA"
}

# Stands for the disk.
resource "terraform_data" "disk" {
  triggers_replace = var.disk_type

  lifecycle {
    action_trigger {
      events  = [before_destroy]
      actions = [action.csbs_create_backup.before_destroy]

      # Without a backup the disk is not destroyed. With "continue" it is, and the failure is a warning.
      on_failure = halt
    }
  }
}
