# In a file that ends in .tfquery.hcl: terraform query -generate-config-out=policies.tf
provider "csbs" {}

list "csbs_backup_policy" "all" {
  provider         = csbs
  include_resource = true
}
