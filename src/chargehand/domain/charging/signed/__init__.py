"""Signed meter readings: found in whatever they come wrapped in, verified, and judged by law."""
