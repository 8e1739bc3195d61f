variable "server_id" {
  description = "ID of the server (ECS) to back up."
  type        = string
}

data "csbs_backup_capability" "server" {
  resource_ids = [var.server_id]
}

resource "csbs_backup" "server" {
  resource_id = var.server_id

  lifecycle {
    precondition {
      condition     = data.csbs_backup_capability.server.protectable
      error_message = "The server cannot be backed up: ${jsonencode(data.csbs_backup_capability.server.results)}"
    }
  }
}
