"""The door for drivers: what they see of a charge, without an account and without an app."""
