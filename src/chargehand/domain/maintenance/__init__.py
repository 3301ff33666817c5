"""Keeping stations in order: work orders, prevention, risk, firmware, logs and wanted settings."""
