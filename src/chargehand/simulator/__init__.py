"""Simulated stations, cars and drivers: a pure client of the gateway."""
