variable "vault_id" {
  description = "ID of the vault (CBR). The server must be associated with it."
  type        = string
}

variable "server_id" {
  description = "ID of the server (ECS) to back up."
  type        = string
}

variable "release" {
  type = string
}

# Backs up the server before something on it is changed in place. When the backup fails, the change is not made.
action "csbs_create_vault_backup" "before_update" {
  config {
    vault_id    = var.vault_id
    resource_id = var.server_id
    description = "Before release ${var.release}"
  }
}

# Stands for a resource that is on the server.
resource "terraform_data" "application" {
  input = var.release

  lifecycle {
    action_trigger {
      events  = [before_create, before_update]
      actions = [action.csbs_create_vault_backup.before_update]
    }
  }
}
