data "csbs_protection_report" "all" {}

# A warning in every plan and apply while a server has no backup that is younger than a day. With the data block inside the check
# block, a report that cannot be read is a warning, too; but then every plan shows that the data source will be read again.
check "backups" {
  assert {
    condition = alltrue([
      for server in data.csbs_protection_report.all.servers : try(server.newest_backup_age_hours < 24, false)
    ])
    error_message = "No backup of the last 24 hours: ${join(", ", [
      for server in data.csbs_protection_report.all.servers : server.resource_id
      if try(server.newest_backup_age_hours >= 24, true)
    ])}"
  }
}
