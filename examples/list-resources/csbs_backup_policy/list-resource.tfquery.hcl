# terraform query -generate-config-out=policies.tf
provider "csbs" {}

list "csbs_backup_policy" "all" {
  provider         = csbs
  include_resource = true
}
