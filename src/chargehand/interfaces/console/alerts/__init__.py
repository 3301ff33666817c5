"""Pages about alerts: who is on duty, escalation, channels, maintenance windows, what was delivered."""
