"""Charging: who may charge, what was charged, and the evidence for it."""
