data "csbs_quotas" "project" {}

output "backups_left" {
  value = one([
    for quota in data.csbs_quotas.project.quotas : quota.quota - quota.used if quota.type == "backups" && quota.quota >= 0
  ])
}
