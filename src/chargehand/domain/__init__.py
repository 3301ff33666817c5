"""The rooms of the domain, floor upon floor."""
