# Renders import blocks for every available backup and every policy of the project. Run it in a folder of its own:
#
#   tofu init && tofu apply && tofu output -raw imports > ../production/imports.tf

terraform {
  required_providers {
    csbs = {
      source = "tcloudpublic/csbs"
    }
  }
}

provider "csbs" {}

data "csbs_backups" "all" {
  status = "available"
}

data "csbs_backup_policies" "all" {}

locals {
  addresses = merge(
    { for backup in data.csbs_backups.all.backups : backup.id => "csbs_backup.backup_${replace(backup.id, "-", "_")}" },
    { for policy in data.csbs_backup_policies.all.policies : policy.id => "csbs_backup_policy.policy_${replace(policy.id, "-", "_")}" },
  )
}

output "imports" {
  value = join("\n", [
    for id, address in local.addresses : "import {\n  to = ${address}\n  id = \"${id}\"\n}\n"
  ])
}
