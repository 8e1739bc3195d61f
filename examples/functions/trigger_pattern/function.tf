# RRULE:FREQ=WEEKLY;BYDAY=MO,TH;BYHOUR=2,14;BYMINUTE=30 in a calendar, with line ends as the service wants them.
output "pattern" {
  value = provider::csbs::trigger_pattern(["monday", "thursday"], ["02:30", "14:30"])
}

# One rule for each minute of the hour.
output "every_three_days" {
  value = provider::csbs::trigger_pattern(["every 3 days"], ["01:15", "13:30"])
}
