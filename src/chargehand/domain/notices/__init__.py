"""Notices: tell people what happened, by the channels and at the hours they chose."""
