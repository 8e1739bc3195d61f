# For a job that runs every day: `terraform plan` fails when a server has no backup that is younger than a day.

terraform {
  required_providers {
    csbs = {
      source = "tcloudpublic/csbs"
    }
  }
}

variable "server_ids" {
  description = "IDs of the servers that must have a backup."
  type        = list(string)
}

provider "csbs" {}

data "csbs_protection_report" "production" {
  resource_ids = var.server_ids

  lifecycle {
    postcondition {
      condition = alltrue([
        for server in self.servers : try(server.newest_backup_age_hours < 24, false)
      ])
      error_message = "No backup of the last 24 hours: ${join(", ", [
        for server in self.servers : server.resource_id if try(server.newest_backup_age_hours >= 24, true)
      ])}"
    }
  }
}
