"""What the template tags compute, by theme; `templatetags/ui_tags.py` gives them their names."""
