# terraform query -generate-config-out=backups.tf
provider "csbs" {}

list "csbs_vault_backup" "of_server" {
  provider         = csbs
  include_resource = true

  config {
    resource_id = "9506416d-db6c-406e-8bca-c0f43793d914"
    status      = "available"
  }
}
