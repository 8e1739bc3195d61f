variable "server_id" {
  description = "ID of the server (ECS) to back up."
  type        = string
}

variable "release" {
  description = "The release that is about to be rolled out."
  type        = string
  default     = "1.0.0"
}

resource "csbs_backup" "before_release" {
  resource_id = var.server_id
  backup_name = "before-release"
  description = "Before release ${var.release}"

  tags = {
    purpose = "release"
  }

  # Another release, another backup.
  triggers = {
    release = var.release
  }

  lifecycle {
    create_before_destroy = true
  }
}
