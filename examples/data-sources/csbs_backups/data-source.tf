# All backups of one team since the beginning of the year, newest first.
data "csbs_backups" "team" {
  start_time = "2026-01-01T00:00:00Z"
  with_tags = {
    team = "infrastructure"
  }
}

output "sizes" {
  # By ID: several backups can have the same name.
  value = {
    for backup in data.csbs_backups.team.backups : backup.id => "${backup.backup_name}: ${coalesce(backup.size, 0)} MB"
  }
}

# Backups of test stages without a tag "keep", sorted by name and then by age, the oldest first.
data "csbs_backups" "disposable" {
  status = "available"
  tags_any = {
    stage = ["dev", "test"]
  }
  not_tags_any = {
    keep = [] # any value
  }
  sort = "name:asc,created_at:asc"
}
