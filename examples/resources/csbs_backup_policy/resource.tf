variable "server_id" {
  description = "ID of the server (ECS) to back up."
  type        = string
}

resource "csbs_backup_policy" "nightly" {
  name        = "nightly"
  description = "Every night, kept for 30 days"

  resource = [
    { id = var.server_id },
  ]

  scheduled_operation = [
    {
      name                    = "every-night"
      trigger_pattern         = provider::csbs::trigger_pattern(["daily"], ["01:30"])
      retention_duration_days = 30
    },
  ]

  tags = {
    team = "infrastructure"
  }
}
