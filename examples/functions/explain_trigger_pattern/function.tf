# "Every day from Monday to Friday at 18:00 (UTC)"
output "meaning" {
  value = provider::csbs::explain_trigger_pattern(provider::csbs::trigger_pattern(["weekdays"], ["18:00"]))
}
