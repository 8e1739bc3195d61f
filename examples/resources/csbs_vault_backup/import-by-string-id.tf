import {
  to = csbs_vault_backup.before_release
  id = "77aa0c1d-2222-4b3c-9d4e-5f60718293a4"
}
