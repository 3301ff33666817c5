"""The shared look: tokens, templates, template tags and small custom elements of every page."""
