variable "vault_id" {
  description = "ID of the vault (CBR). The server must be associated with it."
  type        = string
}

variable "server_id" {
  description = "ID of the server (ECS) to back up."
  type        = string
}

variable "release" {
  description = "The release that is about to be rolled out."
  type        = string
  default     = "1.0.0"
}

resource "csbs_vault_backup" "before_release" {
  vault_id    = var.vault_id
  resource_id = var.server_id
  name        = "before-release"
  description = "Before release ${var.release}"

  # Another release, another backup.
  triggers = {
    release = var.release
  }

  lifecycle {
    create_before_destroy = true
  }
}
