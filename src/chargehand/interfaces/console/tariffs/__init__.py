"""Tariffs in the console: read in words, written with a preview, assigned to places and token groups."""
