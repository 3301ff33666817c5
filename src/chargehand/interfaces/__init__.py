"""The doors: gateway, API, console and the look they share."""
