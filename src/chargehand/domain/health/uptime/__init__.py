"""Uptime and key figures by the book, pure: intervals, the schemes' formulas, attempts, repairs."""
