"""Operators (the tenants), their people and roles, API keys, and the audit of who did what."""
