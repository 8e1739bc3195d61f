# A backup of one server. Address and credentials come from the environment variables that the OpenStack tools use:
# OS_AUTH_URL, OS_USERNAME, OS_PASSWORD, OS_DOMAIN_NAME, OS_PROJECT_NAME.

terraform {
  required_providers {
    csbs = {
      source = "tcloudpublic/csbs"
    }
  }
}

provider "csbs" {}

variable "server_id" {
  description = "ID of the server (ECS) to back up."
  type        = string
}

resource "csbs_backup" "server" {
  resource_id = var.server_id
  backup_name = "before-release"
  description = "Taken by Terraform before the release"

  tags = {
    purpose = "quickstart"
  }
}

output "checkpoint_id" {
  description = "The backup record that the service made."
  value       = csbs_backup.server.checkpoint_id
}

output "status" {
  value = csbs_backup.server.status
}

output "plan" {
  description = "The protection plan that the service filed the backup under."
  value       = csbs_backup.server.protection_plan.name
}
