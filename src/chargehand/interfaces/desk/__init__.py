"""The door for technicians: jobs on a phone, at the charger, with or without a connection."""
