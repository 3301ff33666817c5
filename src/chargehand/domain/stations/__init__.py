"""Stations: where they stand, what they are, what they say and what they are asked."""
