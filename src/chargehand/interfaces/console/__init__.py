"""The operator's door: pages for the people who run stations."""
