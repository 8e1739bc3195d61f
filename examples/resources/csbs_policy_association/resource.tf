# The policy is managed in another configuration, or in the console.
data "csbs_backup_policy" "nightly" {
  name = "nightly"
}

variable "server_id" {
  description = "ID of the server (ECS) to add to the policy."
  type        = string
}

resource "csbs_policy_association" "server" {
  policy_id = data.csbs_backup_policy.nightly.id
  server_id = var.server_id
}

# If the policy is a csbs_backup_policy, that resource must leave its servers alone:
#
#   lifecycle {
#     ignore_changes = [resource]
#   }
