"""The template tags of the shared look."""
