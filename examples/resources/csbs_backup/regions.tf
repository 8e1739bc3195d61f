variable "server_ids" {
  type        = list(string)
  description = "IDs of a server in eu-de and of one in eu-nl."
}

resource "csbs_backup" "here" {
  resource_id = var.server_ids[0]
}

resource "csbs_backup" "there" {
  region      = "eu-nl"
  resource_id = var.server_ids[1]
}

data "csbs_backups" "there" {
  region     = "eu-nl"
  depends_on = [csbs_backup.there]
}

output "backups_in_eu_nl" {
  value = data.csbs_backups.there.ids
}
