# By the ID of the policy.
terraform import csbs_backup_policy.nightly 5af626d2-19b9-4dc4-8e95-ddba008318b3
