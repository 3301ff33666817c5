"""Incidents in the console: who needs a person, why we think so, what to do, and how it ended."""
