# All tags of the project's backups; with kind = "policy" those of its policies.
data "csbs_tags" "backups" {}

output "teams" {
  value = lookup(data.csbs_tags.backups.tags, "team", [])
}
