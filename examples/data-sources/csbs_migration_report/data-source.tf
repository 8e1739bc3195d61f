data "csbs_migration_report" "project" {}

# The bill of CBR follows the capacity of the vaults.
output "vaults" {
  value = [
    for vault in data.csbs_migration_report.project.vaults :
    "${vault.name} (${vault.protect_type}): ${vault.backup_count} backups, ${coalesce(vault.capacity_gb, 0)} GB"
  ]
}

output "open_questions" {
  value = flatten(data.csbs_migration_report.project.vaults[*].open_questions)
}

# A warning in every plan and apply as long as something is left to do before the migration.
check "ready_for_the_migration" {
  assert {
    condition     = length(data.csbs_migration_report.project.unfinished_backup_ids) == 0
    error_message = "Unfinished backups: ${join(", ", data.csbs_migration_report.project.unfinished_backup_ids)}"
  }

  assert {
    condition     = length(data.csbs_migration_report.project.images) == 0
    error_message = "Look for tags of these images: ${join(", ", data.csbs_migration_report.project.images[*].image_id)}"
  }
}
