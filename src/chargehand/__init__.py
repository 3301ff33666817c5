"""Chargehand: a charging station management system."""
