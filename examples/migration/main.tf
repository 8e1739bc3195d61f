# Finds backups of CSBS again in CBR, after the migration in the console, and renders import blocks for them. `moving` is what the
# guide "CSBS and CBR" writes down before the migration. Run it in a folder of its own:
#
#   terraform init && terraform apply -var-file=moving.tfvars.json && terraform output -raw imports > ../production/imports.tf

terraform {
  required_providers {
    csbs = {
      source = "tcloudpublic/csbs"
    }
  }
}

variable "moving" {
  description = "The backups as CSBS showed them, by the addresses that they get."
  type = map(object({
    resource_id = string
    backup_name = string
    created_at  = string
  }))
}

provider "csbs" {}

data "csbs_vault_backups" "of_server" {
  for_each = toset(values(var.moving)[*].resource_id)

  resource_id = each.value
}

locals {
  # Backups of the same server with the same name.
  same_name = {
    for address, backup in var.moving : address => [
      for found in data.csbs_vault_backups.of_server[backup.resource_id].backups : found
      if found.name == backup.backup_name
    ]
  }
  # Of several, those of the same minute.
  candidates = {
    for address, backup in var.moving : address => [
      for found in local.same_name[address] : found
      if length(local.same_name[address]) == 1 ||
      formatdate("YYYY-MM-DD hh:mm", found.created_at) == formatdate("YYYY-MM-DD hh:mm", backup.created_at)
    ]
  }
  # No backup is imported twice.
  ids = flatten([for candidates in local.candidates : candidates[*].id])
  found = {
    for address, candidates in local.candidates : address => candidates[0]
    if length(candidates) == 1 && length([for id in local.ids : id if contains(candidates[*].id, id)]) == 1
  }
}

# Compare the times before you import.
output "found" {
  value = {
    for address, found in local.found : address => {
      id              = found.id
      status          = found.status
      vault_id        = found.vault_id
      created_in_csbs = var.moving[address].created_at
      created_in_cbr  = found.created_at
    }
  }
}

# Look for these in the console: none or several backups could be the one.
output "not_found" {
  value = {
    for address, candidates in local.candidates : address => candidates[*].id
    if !contains(keys(local.found), address)
  }
}

output "imports" {
  value = join("\n", [
    for address, found in local.found : "import {\n  to = ${address}\n  id = \"${found.id}\"\n}\n"
  ])
}
